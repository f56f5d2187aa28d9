"""A client written against the protocol alone, with python-socketio and Python's standard library.

argv: the URL of the service, a chat id, a connection string and its message key. Each line of standard input is one JSON
command, {"send": text, ...twins} or {"emit": event, "payload": ...}; each line of standard output one JSON object:
{"event": name, "payload": ...} for what comes, {"ack": ...} for each answer.
"""

import base64
import hashlib
import hmac
import json
import struct
import sys
import threading
import uuid

import socketio

url, chat_id, connection_string, message_key = sys.argv[1:]
key = base64.urlsafe_b64decode(message_key + "=" * (-len(message_key) % 4))
sio = socketio.Client(reconnection=False)
session = {}
opened = threading.Event()
counter = 0
# Events come in threads of their own, and print() writes a line and its end apart.
speaking = threading.Lock()


def say(line):
    with speaking:
        print(json.dumps(line), flush=True)


def message_string(pieces):
    encoded = struct.pack("<Q", len(pieces))
    for piece in pieces:
        data = piece.encode("utf-8")
        encoded += struct.pack("<Q", len(data)) + data
    mac = hmac.new(key, encoded, hashlib.sha256).digest()
    return "ms1_" + base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


@sio.on("session", namespace="/connect")
def on_session(payload):
    session.update(payload)
    say({"event": "session", "payload": payload})
    opened.set()


@sio.on("message:created", namespace="/connect")
def on_message(payload):
    say({"event": "message:created", "payload": payload})


@sio.on("session:ended", namespace="/connect")
def on_end(payload):
    say({"event": "session:ended", "payload": payload})


@sio.on("connect_error", namespace="/connect")
def on_refusal(payload):
    say({"event": "connect_error", "payload": payload})


def send(message, twins):
    global counter
    counter += 1
    client_message_id = str(uuid.uuid4())
    pieces = [
        "cloakroom/message/v1",
        session["sessionId"],
        str(counter),
        "message:send",
        session["chat"]["id"],
        client_message_id,
        message,
        twins.get("piiMapping", ""),
        twins.get("autoPiiMapping", ""),
        twins.get("piiPositions", ""),
        twins.get("replyTo", ""),
    ]
    payload = {
        "message": message,
        "clientMessageId": client_message_id,
        "counter": counter,
        "messageString": message_string(pieces),
        **twins,
    }
    return sio.call("message:send", payload, namespace="/connect", timeout=10)


try:
    sio.connect(
        url,
        transports=["websocket"],
        namespaces=["/connect"],
        auth={"chatId": chat_id, "connectionString": connection_string},
        wait_timeout=3,
    )
except socketio.exceptions.ConnectionError:
    sys.exit(2)
if not opened.wait(10):
    sys.exit(3)
for line in sys.stdin:
    command = json.loads(line)
    if "send" in command:
        say({"ack": send(command.pop("send"), command)})
    else:
        say({"ack": sio.call(command["emit"], command["payload"], namespace="/connect", timeout=10)})
sio.disconnect()
