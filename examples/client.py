"""python3 examples/client.py "a message": enters a chat, sends the message and prints what comes back.

Needs URL, KEY and CHAT in the environment, and the packages requests, python-socketio and websocket-client (Debian:
python3-requests, python3-socketio, python3-websocket).
"""

import base64
import hashlib
import hmac
import os
import queue
import struct
import sys
import threading
import uuid

import requests
import socketio

NAMESPACE = "/connect"
SECONDS = 15
# An answer that takes longer does not come any more.
ANSWER_SECONDS = 5


class Refused(Exception):
    """A refusal of the service; its text is the code, see docs/errors.md."""


class Chat:
    """One chat over the socket: comes back by itself, goes on after the last sequence, sends each message once."""

    def __init__(self, url, key, chat_id):
        self.url, self.key, self.chat_id = url, key, chat_id
        self.messages = queue.Queue()
        self.last_seq = None
        self.session = None
        self.entered = threading.Event()
        self.socket = socketio.Client()
        self.socket.on("session", self._on_session, namespace=NAMESPACE)
        self.socket.on("message:created", self._on_message, namespace=NAMESPACE)
        self.socket.on("disconnect", self.entered.clear, namespace=NAMESPACE)

    def __enter__(self):
        # As a function: each connection needs a connection string of its own.
        self.socket.connect(self.url, transports=["websocket"], namespaces=[NAMESPACE], auth=self._auth)
        return self

    def __exit__(self, *_):
        self.socket.disconnect()

    def send(self, message, **instructions):
        """Sends a message, again and again under the same id until it is acked: it is kept once.

        instructions: piiMapping, autoPiiMapping, piiPositions, replyTo, as strings.
        """
        client_message_id = str(uuid.uuid4())
        while self.entered.wait(SECONDS):
            try:
                ack = self.socket.call(
                    "message:send",
                    self._signed("message:send", client_message_id, message, instructions),
                    namespace=NAMESPACE,
                    timeout=ANSWER_SECONDS,
                )
            except (socketio.exceptions.TimeoutError, socketio.exceptions.BadNamespaceError):
                continue
            if ack["ok"]:
                return ack["data"]
            if not ack["error"]["retryable"]:
                raise Refused(ack["error"]["code"])
        raise Refused("unreachable")

    def _signed(self, event, client_message_id, message, instructions):
        self.counter += 1
        pieces = [
            "cloakroom/message/v1",
            self.session["sessionId"],
            str(self.counter),
            event,
            self.chat_id,
            client_message_id,
            message,
            *(instructions.get(name, "") for name in ("piiMapping", "autoPiiMapping", "piiPositions", "replyTo")),
        ]
        return {
            "message": message,
            "clientMessageId": client_message_id,
            "counter": self.counter,
            "messageString": message_string(self.message_key, pieces),
            **instructions,
        }

    def _auth(self):
        answer = requests.post(
            f"{self.url}/v1/chat/{self.chat_id}/connection-string", headers={"X-API-Key": self.key}, timeout=SECONDS
        )
        if not answer.ok:
            raise Refused(answer.json()["code"])
        ticket = answer.json()
        key = ticket["messageKey"]
        self.message_key = base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))
        auth = {"chatId": self.chat_id, "connectionString": ticket["connectionString"]}
        return auth if self.last_seq is None else {**auth, "lastSeq": self.last_seq}

    def _on_session(self, session):
        # With session["recovered"] false more was missed than is replayed: read it from the history, by REST.
        self.session, self.counter = session, 0
        self.last_seq = session["seq"] if self.last_seq is None else self.last_seq
        self.entered.set()

    def _on_message(self, message):
        self.last_seq = message["seq"]
        self.messages.put(message)


def message_string(key, pieces):
    """The secret that proves a message was made for this session; docs/protocol.md."""
    encoded = struct.pack("<Q", len(pieces))
    for piece in pieces:
        data = piece.encode("utf-8")
        encoded += struct.pack("<Q", len(data)) + data
    mac = hmac.new(key, encoded, hashlib.sha256).digest()
    return "ms1_" + base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def main():
    with Chat(os.environ["URL"], os.environ["KEY"], os.environ["CHAT"]) as chat:
        sent = chat.send(sys.argv[1])
        received = chat.messages.get(timeout=SECONDS)
        print("everybody sees", received["seq"], received["text"])
        print("acked, to the sender alone", sent["message"])


if __name__ == "__main__":
    main()
