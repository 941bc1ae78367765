import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import type { Socket } from 'node:net';
import { Uint8ArrayList } from 'uint8arraylist';

type Bytes = Uint8Array | Uint8ArrayList;
type Seal = (message: Bytes, nonce: Uint8Array, context: Uint8Array, key: Uint8Array) => Bytes;
type Open = (
  sealed: Bytes,
  nonce: Uint8Array,
  context: Uint8Array,
  key: Uint8Array,
  destination?: Uint8Array,
) => Bytes;

/** The ciphers that libp2p's noise was made with: `destination` may be written to by small messages. */
export type Ciphers = { readonly encrypt: Seal; readonly decrypt: Open };

/** The parts of libp2p's connections that are replaced here. */
export type TcpConnection = { readonly socket: Socket; sendData(data: Uint8ArrayList): Sent };
type Sent = { readonly sentBytes: number; readonly canSendMore: boolean };
export type NoiseConnection = { decoder: Decoder };
type Decoder = { decode(data: Bytes): Iterable<Bytes> };

const CIPHER = 'chacha20-poly1305';
const TAG_BYTES = 16;
/** From here on OpenSSL is faster than the noise's own cipher, once it knows the key. */
const OPENSSL_BYTES_MIN = 512;
const LENGTH_BYTES = 2;
/** A socket that holds so much is given no more until it has drained: two messages, so that none is cut up. */
const SOCKET_BYTES_MAX = 131_072;

/** A key that OpenSSL knows: Node.js 24 takes bytes only after it has thrown two errors, 15 us a message. */
const known = new WeakMap<Uint8Array, KeyObject>();

/** ChaCha20-Poly1305 (RFC 8439): `small` below 512 bytes, OpenSSL above. */
export function quickCiphers(small: Ciphers): Ciphers {
  return {
    encrypt: (message, nonce, context, key) =>
      message.byteLength < OPENSSL_BYTES_MIN
        ? small.encrypt(message, nonce, context, key)
        : seal(message, nonce, context, key),
    decrypt: (sealed, nonce, context, key, destination) =>
      sealed.byteLength < OPENSSL_BYTES_MIN
        ? small.decrypt(sealed, nonce, context, key, destination)
        : open(sealed.subarray(), nonce, context, key),
  };
}

/**
 * All parts of a message leave in one write. libp2p writes each by itself, the two bytes of a length too: two
 * to four packets, for each of which the receiver may be woken; and the last part of a large one, a tag of 16
 * bytes, when the socket has drained.
 */
export function writeWhole(connection: TcpConnection): void {
  const { socket } = connection;
  connection.sendData = (data) => {
    let sentBytes = 0;
    let canSendMore = true;
    socket.cork();
    for (const part of data) {
      sentBytes += part.byteLength;
      canSendMore = socket.write(part);
      if (socket.writableLength >= SOCKET_BYTES_MAX) break;
    }
    socket.uncork();
    return { sentBytes, canSendMore };
  };
}

/**
 * Finds the messages in what arrives. libp2p's decoder goes on until it throws for want of a length, and cuts
 * lists of pieces where nearly always one piece holds whole messages. `charge` is told how many came at once.
 */
export function decodeByPieces(
  connection: NoiseConnection,
  charge: (messages: number) => void,
): void {
  // What came with the end of the handshake was given to the decoder that is replaced, which keeps what is not whole.
  const { buffer } = connection.decoder as Decoder & { readonly buffer: Bytes };
  connection.decoder = new MessageDecoder(buffer.subarray(), charge);
}

/** Keeps at most one message that is not whole yet, and joins its pieces once, when it is. */
class MessageDecoder {
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  readonly #charge: (messages: number) => void;
  /** So many must be there before there is anything to do. */
  #wanted = LENGTH_BYTES;

  /** `begun`: the beginning of a message. */
  constructor(begun: Uint8Array, charge: (messages: number) => void) {
    this.#charge = charge;
    if (begun.length > 0) this.decode(begun);
  }

  decode(data: Bytes): Uint8Array[] {
    const arrived = data.subarray();
    this.#pieces.push(arrived);
    this.#bytes += arrived.length;
    if (this.#bytes < this.#wanted) return [];
    const messages = this.#cut(this.#pieces.length === 1 ? arrived : Buffer.concat(this.#pieces));
    this.#charge(messages.length);
    return messages;
  }

  #cut(bytes: Uint8Array): Uint8Array[] {
    const messages: Uint8Array[] = [];
    let at = 0;
    let end = endOf(bytes, at);
    for (; end <= bytes.length; end = endOf(bytes, at)) {
      if (end > at + LENGTH_BYTES) messages.push(bytes.subarray(at + LENGTH_BYTES, end));
      at = end;
    }
    this.#pieces = at === bytes.length ? [] : [bytes.subarray(at)];
    this.#bytes = bytes.length - at;
    this.#wanted = end - at;
    return messages;
  }
}

/** Where the message ends that begins at `at`; where its length does, as long as that is not there. */
function endOf(bytes: Uint8Array, at: number): number {
  const body = at + LENGTH_BYTES;
  return body > bytes.length ? body : body + bytes[at]! * 256 + bytes[at + 1]!;
}

function seal(message: Bytes, nonce: Uint8Array, context: Uint8Array, key: Uint8Array): Bytes {
  const cipher = createCipheriv(CIPHER, knownKey(key), nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(context, { plaintextLength: message.byteLength });
  const sealed = new Uint8ArrayList();
  for (const part of partsOf(message)) sealed.append(cipher.update(part));
  cipher.final();
  sealed.append(cipher.getAuthTag());
  return sealed;
}

function partsOf(bytes: Bytes): Iterable<Uint8Array> {
  return bytes instanceof Uint8Array ? [bytes] : bytes;
}

/** Throws when it was not sealed so. */
function open(sealed: Uint8Array, nonce: Uint8Array, context: Uint8Array, key: Uint8Array) {
  const end = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv(CIPHER, knownKey(key), nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(context, { plaintextLength: end });
  decipher.setAuthTag(sealed.subarray(end));
  const message = decipher.update(sealed.subarray(0, end));
  decipher.final();
  return message;
}

function knownKey(key: Uint8Array): KeyObject {
  let object = known.get(key);
  if (object === undefined) {
    object = createSecretKey(key);
    known.set(key, object);
  }
  return object;
}
