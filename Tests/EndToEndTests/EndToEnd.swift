import Testing

/// The real program with real journals, sockets and files. One test at a time: each has the machine for itself.
@Suite(.serialized) struct EndToEnd {}
