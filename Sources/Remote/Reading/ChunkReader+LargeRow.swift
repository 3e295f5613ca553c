import Model
import SQLite

/// A row that is too large for one answer: its small values together, and each large one in pieces.
extension ChunkReader {
    private static let mostPieceBytes = 1 << 20
    private static let leastPieceBytes = 256

    /// The first row of a range; none where the range has none.
    /// - Throws: `TornRows` where it changed in the meantime.
    func largeRow(after: RemoteKey?, upTo: RemoteKey?) throws -> [Chunk.Row] {
        let indexes = table.keyIndexes
        let answer = try ask(columns: width(indexes)) { $0.rows(indexes, after: after, upTo: upTo, limit: 1) }
        guard answer.rowCount > 0 else { return [] }
        let offset = width([])
        let rowid = try self.rowid(answer, 0)
        let key: RemoteKey
        if let rowid {
            key = RemoteKey([.integer(rowid)])
        } else {
            key = RemoteKey(try indexes.indices.map { try answer.value(0, offset + $0) })
        }
        let values = try largeValues(key)
        // Pieces of the same length may be of other values.
        if !isHeld {
            let again = try largeValues(key)
            guard again == values else { throw TornRows() }
        }
        return [Chunk.Row(rowid: rowid, values: values)]
    }

    private func largeValues(_ key: RemoteKey) throws -> [SQLValue] {
        let outline = try self.outline(key)
        var values: [SQLValue] = []
        for (column, value) in outline.enumerated() {
            switch value {
            case .value(let value): values.append(value)
            case .extent(let extent):
                let bytes = try pieces(column, extent, key)
                values.append(extent.isText ? .text(bytes) : .blob(bytes))
            }
        }
        let again = try self.outline(key)
        guard again == outline else { throw TornRows() }
        return values
    }

    /// The values of a row, and the types and lengths of the large ones.
    private func outline(_ key: RemoteKey) throws -> [EncodedValue] {
        var outline = [EncodedValue](repeating: .value(.null), count: table.columns.count)
        for group in groups {
            let most = min(max(limits.answerBytes / (8 * max(group.count, 1)), 16), 4096)
            let answer = try ask(columns: group.count) { query in
                query.row(
                    group, at: key, selecting: group.indices.map { query.encoding.expression("c\($0)", upTo: most) })
            }
            guard answer.rowCount == 1 else { throw TornRows() }
            for (position, column) in group.enumerated() { outline[column] = try answer.encoded(0, position) }
        }
        return outline
    }

    /// The bytes of text or a blob.
    private func pieces(_ column: Int, _ extent: EncodedValue.Extent, _ key: RemoteKey) throws -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(extent.length)
        var length = max(min(Self.mostPieceBytes, limits.answerBytes / 4), Self.leastPieceBytes)
        while bytes.count < extent.length {
            let start = bytes.count + 1
            do {
                let answer = try ask(columns: 2) { query in
                    let piece = "'x'||hex(substr(CAST(c0 AS BLOB),\(start),\(length)))"
                    return query.row([column], at: key, selecting: [query.encoding.extent("c0"), piece])
                }
                guard answer.rowCount == 1, try answer.encoded(0, 0) == .extent(extent),
                    case .value(.blob(let piece)) = try answer.encoded(0, 1), !piece.isEmpty
                else { throw TornRows() }
                bytes += piece
            } catch let error as RemoteError where error.kind == .tooLarge || error.kind == .tooSlow {
                guard length > Self.leastPieceBytes else { throw error }
                length = max(length / 2, Self.leastPieceBytes)
            }
        }
        guard bytes.count == extent.length else { throw TornRows() }
        return bytes
    }
}
