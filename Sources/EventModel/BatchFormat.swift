// The binary form of events: what flows between sources, spool and sinks. Version 1.
//
// A batch is a run of events, one after the other, with nothing before, between or after them. Texts
// and parameters that came before in the same batch are written as references, so that a batch of
// entries of the same services costs a third of its plain size on disk.
//
//   event       16 bytes  id, big-endian
//                8 bytes  time, microseconds since the epoch, little-endian, signed
//                8 bytes  observed time, the same
//                1 byte   severity
//                1 byte   bits 0-3 classification, bits 4-5 visibility, bit 6 system event
//               then fields, each a tag byte and its content, a list's items one by one, in order:
//                1 source   2 host      3 origin    4 kind    5 type    6 message    7 user
//                8 tenant id            9 tenant name        10 tag    11 argument          (text)
//               12 code                                           (4 bytes, little-endian)
//               13 object: type, id, name                         (three texts)
//               14 parameter
//                0 end of the event
//   text        varint v   0: empty
//                          even: v / 2 bytes follow; they are the next entry of the batch's text table
//                          odd: entry (v - 1) / 2 of the text table
//   parameter   varint v   0: a name (text), a type byte and a value follow; they are the next entry of
//                             the batch's parameter table
//                          else: entry v - 1 of the parameter table
//   value       type 0 text (text); 1 whole number (varint magnitude); 2 negative whole number (the
//               same); 3 number (8 bytes, IEEE 754, little-endian); 4 false; 5 true; 6 time (8 bytes as above)
//   varint      LEB128, at most 10 bytes
//
// A table stops growing at `BatchFormat.maximumTableCount` entries. What comes later is written out.

/// Names of the numbers in the binary form of events.
package enum BatchFormat {
    /// Largest number of entries in a batch's text table, and in its parameter table.
    package static let maximumTableCount = 1 << 16

    /// Bytes of an event before its fields.
    package static let headByteCount = 34

    /// What a field of an event is; the raw value is its tag byte.
    package enum Tag: UInt8, Sendable {
        case end, source, host, origin, kind, type, message, user, tenantID, tenantName, tag, argument
        case code, object, parameter
    }

    /// Type byte of a parameter's value.
    package enum ValueType: UInt8, Sendable {
        case text, whole, negative, number, `false`, `true`, time
    }
}

/// Why bytes are no batch.
package enum BatchError: Error, Equatable, CustomStringConvertible {
    /// They end inside an event.
    case truncated(offset: Int)
    /// A tag, type, reference or length that the format does not have.
    case malformed(offset: Int)

    package var description: String {
        switch self {
        case .truncated(let offset): "batch ends inside an event at byte \(offset)"
        case .malformed(let offset): "batch is malformed at byte \(offset)"
        }
    }
}
