import Model

/// CR LF in the schema, which the sqlite3 shell would turn into LF: in names, literals and between words.
///
/// While a dump is imported each CR LF is other white space that stands nowhere else in the schema; at its end all of it
/// is put back in sqlite_schema at once.
struct CarriageReturns {
    /// Ends with a line feed, which also ends a comment.
    private let marker: [UInt8]
    /// Whether the schema has any.
    let isNeeded: Bool

    private static let pair: [UInt8] = [0x0D, 0x0A]

    init(_ objects: [Manifest.SchemaObject]) {
        let texts = objects.flatMap { [$0.name.bytes, $0.sql.bytes] }
        isNeeded = texts.contains { $0.contains(0x0D) && !Self.places(of: Self.pair, in: $0).isEmpty }
        var marker: [UInt8] = [0x0C, 0x09, 0x0C, 0x0A]
        if isNeeded {
            while texts.contains(where: { !Self.places(of: marker, in: $0).isEmpty }) { marker.insert(0x0C, at: 0) }
        }
        self.marker = marker
    }

    /// The bytes as they stand in the dump until its end.
    func replaced(in bytes: [UInt8]) -> [UInt8] {
        guard isNeeded, bytes.contains(0x0D) else { return bytes }
        var replaced: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == 0x0D, index + 1 < bytes.count, bytes[index + 1] == 0x0A {
                replaced += marker
                index += 2
            } else {
                replaced.append(bytes[index])
                index += 1
            }
        }
        return replaced
    }

    func replaced(in text: SQLText) -> SQLText { SQLText(bytes: replaced(in: text.bytes)) }

    /// Statements that put every CR LF back.
    func restore(to output: inout SQLOutput) throws {
        guard isNeeded else { return }
        let codes = marker.map(String.init).joined(separator: ",")
        let columns = ["name", "tbl_name", "sql"].map { "\($0)=replace(\($0),char(\(codes)),char(13,10))" }
        try output.append(
            text: """
                PRAGMA writable_schema=ON;
                UPDATE sqlite_master SET \(columns.joined(separator: ","));
                PRAGMA writable_schema=RESET;
                REINDEX;

                """)
    }

    private static func places(of part: [UInt8], in bytes: [UInt8]) -> [Int] {
        guard bytes.count >= part.count else { return [] }
        return (0...(bytes.count - part.count)).filter { bytes[$0..<($0 + part.count)].elementsEqual(part) }
    }
}
