import Model
import Pipeline
import SQLite
import Testing

@testable import Dump

/// What the formats make of a table's rows.
struct WrittenRows {
    let database: Database
    let layout: TableLayout
    let encoding: TextEncoding

    /// A table of a database in memory.
    /// - Parameter script: Makes and fills the table `t`.
    init(_ script: String, encoding: TextEncoding = .utf8) throws {
        let database = try Database.inMemory()
        try database.execute("PRAGMA encoding='\(encoding.pragmaValue)'")
        try database.execute(script)
        try self.init(of: "t", in: database)
    }

    init(of name: SQLText, in database: Database) throws {
        self.database = database
        layout = try #require(try Schema(reading: database).tables.first { $0.name == name })
        encoding = try TextEncoding(of: database)
    }

    /// A table of one column.
    /// - Parameter values: As they are bound.
    static func column(_ type: String, _ values: [SQLValue]) throws -> WrittenRows {
        let rows = try WrittenRows("CREATE TABLE t(c \(type))")
        let statement = try rows.database.prepare("INSERT INTO t VALUES (?1)")
        for value in values {
            try statement.bind(value, at: 1)
            _ = try statement.step()
            statement.reset()
        }
        return rows
    }

    /// Changes the columns' declared types behind SQLite's back, and with them nothing that is stored.
    func declared(as definition: String) throws -> WrittenRows {
        try database.execute(
            """
            PRAGMA writable_schema=ON;
            UPDATE sqlite_schema SET sql='\(definition)' WHERE name='t';
            PRAGMA writable_schema=RESET;
            """)
        return try WrittenRows(of: "t", in: database)
    }

    // MARK: Formats

    func csv() throws -> String { String(decoding: try csvBytes(), as: UTF8.self) }

    func csvBytes() throws -> [UInt8] { try written(CSVRowWriter(layout, encoding: encoding)) }

    func json(rowsBefore: Int64 = 0) throws -> String {
        String(decoding: try jsonBytes(isLines: false, rowsBefore: rowsBefore), as: UTF8.self)
    }

    func lines() throws -> String { String(decoding: try jsonBytes(isLines: true), as: UTF8.self) }

    func jsonBytes(isLines: Bool, rowsBefore: Int64 = 0) throws -> [UInt8] {
        try written(
            JSONRowWriter(layout, encoding: encoding, isLines: isLines, rowsBefore: rowsBefore), begins: rowsBefore == 0
        )
    }

    private func written(_ format: some RowFormat, begins: Bool = true) throws -> [UInt8] {
        var format = format
        let reader = try TableReader(layout, in: database)
        let values = UnsafeMutableBufferPointer<Statement.Glance>.allocate(capacity: reader.width)
        values.initialize(repeating: .null)
        defer { values.deallocate() }
        let columns = UnsafeMutableBufferPointer(rebasing: values.suffix(layout.columns.count))
        return try Self.bytes { output in
            if begins { try format.begin(&output) }
            while try reader.step() {
                reader.glance(into: values)
                try format.write(columns, to: &output)
            }
            try format.end(&output)
        }
    }

    /// All that `body` writes.
    static func bytes(_ body: (inout DumpOutput) throws -> Void) throws -> [UInt8] {
        let blocks = BoundedQueue<DumpBlock>(capacity: .max)
        var output = DumpOutput(blocks)
        try body(&output)
        try output.endObject()
        output.finish()
        var bytes: [UInt8] = []
        while let block = try blocks.receive() { bytes += block.text.bytes }
        return bytes
    }
}
