import Glibc
import SQLite

/// Rows on their way from the thread that reads them to the one that writes them: their values, and beside these the bytes
/// of texts and blobs.
final class RowBlock: @unchecked Sendable {
    // Owned by one thread at a time: whoever sends a block no longer touches it.
    typealias Values = UnsafeMutableBufferPointer<Statement.Glance>

    /// How much a block holds.
    struct Size {
        var values: Int
        var bytes: Int

        /// Enough to make handing over cheap, little enough to lie in a processor's cache.
        static let ahead = Size(values: 8192, bytes: 256 << 10)
        /// One row, most of whose bytes stay where they are.
        static let row = Size(values: 1, bytes: 0)
    }

    /// Why no more rows were added.
    enum Limit {
        /// There is no room for more values.
        case values
        /// There is no room for the bytes of the row at which the reader stands.
        case bytes
        /// The last row has values that are SQLite's own, valid until the reader goes on.
        case borrowed
        /// There is no further row.
        case end
        case failed(SQLiteError)
    }

    /// Longer values stay where SQLite has them.
    private static let longValue = 64 << 10

    private let width: Int
    private let values: Values
    private let bytes: UnsafeMutableRawBufferPointer
    private(set) var rows = 0
    private(set) var limit = Limit.values

    /// - Parameter width: The values of a row.
    init(width: Int, _ size: Size) {
        self.width = width
        values = .allocate(capacity: max(size.values, width, 1))
        values.initialize(repeating: .null)
        bytes = .allocate(byteCount: size.bytes, alignment: 8)
    }

    deinit {
        values.deallocate()
        bytes.deallocate()
    }

    /// Whoever owns the block may overwrite them.
    @inline(__always)
    func row(_ index: Int) -> Values {
        Values(rebasing: values[index &* width..<(index &+ 1) &* width])
    }

    /// Takes the reader's next rows in the places of its own, until there is a limit.
    /// - Parameter isAtRow: Whether the reader stands at a row that no block has taken.
    func fill(from reader: TableReader, isAtRow: Bool = false) {
        // In variables of this call's own: others may change what a class has, as far as the compiler knows.
        var rows = 0
        var used = 0
        var isAtRow = isAtRow
        defer { self.rows = rows }
        do throws(SQLiteError) {
            limit = .values
            // A row without values takes room, too.
            let capacity = values.count / max(width, 1)
            while rows < capacity {
                if isAtRow {
                    isAtRow = false
                } else if try !reader.step() {
                    limit = .end
                    return
                }
                let row = row(rows)
                reader.glance(into: row)
                var isBorrowed = false
                for index in 0..<width {
                    let value: UnsafeRawBufferPointer
                    let isText: Bool
                    switch row[index] {
                    case .null, .integer, .real: continue
                    case .text(let bytes): (value, isText) = (bytes, true)
                    case .blob(let bytes): (value, isText) = (bytes, false)
                    }
                    guard value.count <= min(Self.longValue, bytes.count &- used) else {
                        // Another block has more room.
                        if rows > 0, value.count <= Self.longValue {
                            limit = .bytes
                            return
                        }
                        isBorrowed = true
                        continue
                    }
                    guard let start = value.baseAddress, let own = bytes.baseAddress else { continue }
                    memcpy(own + used, start, value.count)
                    let copy = UnsafeRawBufferPointer(start: own + used, count: value.count)
                    row[index] = isText ? .text(copy) : .blob(copy)
                    used &+= value.count
                }
                rows &+= 1
                if isBorrowed {
                    limit = .borrowed
                    return
                }
            }
        } catch {
            limit = .failed(error)
        }
    }
}
