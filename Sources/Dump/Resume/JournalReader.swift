import FoundationEssentials
import Glibc
import Model

/// Reads a journal record by record; ends at the first that is not whole.
struct JournalReader {
    private static let chunkSize = 256 << 10
    /// A record has the schema names of the tables of one frame in it, and no rows.
    private static let longestRecord = 64 << 20

    private let file: Int32
    private var buffer: [UInt8] = []
    private var start = 0
    private let decoder = JSONDecoder()
    /// Where the last record that was given out ends.
    private(set) var position: Int64 = 0

    /// - Returns: nil where there is no journal.
    init?(folder: String) {
        file = open("\(folder)/\(ExportJournal.fileName)", O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        if file < 0 { return nil }
    }

    mutating func next() -> ExportJournal.Record? {
        guard let line = nextLine() else { return nil }
        guard let blank = line.firstIndex(of: UInt8(ascii: " ")) else { return nil }
        let json = Array(line[(blank + 1)...])
        guard ExportJournal.check(json).utf8.elementsEqual(line[..<blank]),
            let record = try? decoder.decode(ExportJournal.Record.self, from: Data(json))
        else { return nil }
        position += Int64(line.count + 1)
        return record
    }

    func close() { Glibc.close(file) }

    private mutating func nextLine() -> ArraySlice<UInt8>? {
        var searched = start
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { start = end + 1 }
                return buffer[start..<end]
            }
            guard buffer.count - start < Self.longestRecord else { return nil }
            buffer.removeFirst(start)
            start = 0
            searched = buffer.count
            let chunk = [UInt8](unsafeUninitializedCapacity: Self.chunkSize) { target, count in
                count = max(read(file, target.baseAddress, target.count), 0)
            }
            if chunk.isEmpty { return nil }
            buffer += chunk
        }
    }
}
