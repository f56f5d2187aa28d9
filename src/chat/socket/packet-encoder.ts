import { Decoder, PacketType } from 'socket.io-parser';

/** What of a Socket.IO packet is encoded; `data` is the list of arguments of an event or an ack. */
interface OutgoingPacket {
  readonly type: PacketType;
  readonly nsp: string;
  readonly id?: number | undefined;
  readonly data?: unknown;
}

/** The text of a packet in revision 5 of the Socket.IO protocol. */
export function encodePacket({ type, nsp, id, data }: OutgoingPacket): string {
  return `${type}${nsp === '/' ? '' : `${nsp},`}${id ?? ''}${data === undefined || data === null ? '' : JSON.stringify(data)}`;
}

/** Encodes text packets only: nothing here sends binary, hence nothing has to be searched for it. */
class PacketEncoder {
  encode(packet: OutgoingPacket): [string] {
    return [encodePacket(packet)];
  }
}

/** Socket.IO's option `parser`. */
export const packetParser = { Encoder: PacketEncoder, Decoder };

/** The text of an event for everybody in a namespace. */
export const encodeEvent = (nsp: string, name: string, payload: unknown): string =>
  encodePacket({ type: PacketType.EVENT, nsp, data: [name, payload] });
