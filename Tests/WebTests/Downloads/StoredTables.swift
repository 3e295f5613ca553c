import Model
import Restore
import Storage
import TestSupport
import Testing

@testable import Appliance
@testable import Web

/// A dump of three tables in a store.
struct StoredTables {
    /// A table's rows, and their CRC-32.
    struct Table: Sendable {
        let name: SQLText
        let text: String
        let crc: String
    }

    static let id = "dump_20240315-123456"
    private static let time = Timestamp(seconds: 1_710_506_096)

    let manifest: Manifest
    let store: any ObjectStore

    func answer(_ table: String? = nil) throws -> DownloadAnswer {
        let file = try DumpFile(of: manifest, table: table, in: store, cache: FrameCache())
        let use = Stores([], meters: StoreMeters()).use()
        return DownloadAnswer(download: Download(manifest, file, use: use))
    }

    /// What somebody is told who asks for a table that is not to be had.
    func refusal(_ table: String) -> WebError? {
        do {
            _ = try answer(table)
            return nil
        } catch {
            return WebError(describing: error)
        }
    }

    // MARK: What they hold

    private static let csv = [
        Table(name: "Customers", text: "id,name\r\n1,x\r\n2,\r\n", crc: "d310a6fd"),
        Table(name: "order items", text: "id\r\n7\r\n", crc: "f355db97"),
        Table(name: "empty", text: "a\r\n", crc: "e32fef56"),
    ]
    private static let lines = [
        Table(name: "Customers", text: "{\"id\":1,\"name\":\"x\"}\n{\"id\":2,\"name\":null}\n", crc: "0aae3b2b"),
        Table(name: "order items", text: "{\"id\":7}\n", crc: "dd1011e6"),
        Table(name: "empty", text: "", crc: "00000000"),
    ]
    /// Of a document, which has no CRC-32.
    private static let arrays = [
        Table(name: "Customers", text: "[\n{\"id\":1,\"name\":\"x\"},\n{\"id\":2,\"name\":null}\n]", crc: ""),
        Table(name: "order items", text: "[\n{\"id\":7}\n]", crc: ""),
        Table(name: "empty", text: "[\n]", crc: ""),
    ]
    static let document =
        "{" + arrays.map { "\"\($0.name)\":\($0.text)" }.joined(separator: ",\n") + "}\n"

    static func tables(_ format: DumpFormat) -> [Table] {
        switch format {
        case .csv: csv
        case .ndjson: lines
        case .json, .sql: arrays
        }
    }

    /// The archive of all tables, from its headers and their texts.
    static func archive(_ format: DumpFormat) throws -> [UInt8] {
        let tables = Self.tables(format)
        let entries = try tables.map { table in
            ZipArchive.Entry(
                name: "\(TableFileName.text(of: table.name)).\(format.rawValue)", size: Int64(table.text.utf8.count),
                crc32: try #require(UInt32(table.crc, radix: 16)))
        }
        let archive = try ZipArchive(entries, modified: time)
        return archive.segments(0..<archive.size).reduce(into: []) { bytes, segment in
            switch segment {
            case .bytes(let headers): bytes += headers
            case .entry(let index, let part):
                bytes += Array(tables[index].text.utf8)[Int(part.lowerBound)..<Int(part.upperBound)]
            }
        }
    }

    // MARK: How they are stored

    /// - Parameters:
    ///   - count: Of the tables; nil for all.
    ///   - compression: What the dump says of itself; its bytes are the same.
    static func with(
        _ format: DumpFormat, tables count: Int? = nil, compression: String = "none",
        _ body: (StoredTables) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { path in
            let store = try openStore(.directory(path: path))
            let tables = Array(Self.tables(format).prefix(count ?? .max))
            var objects: [Manifest.StoredObject] = []
            if format.hasObjectPerTable {
                for table in tables {
                    let file = "\(format.rawValue)/\(TableFileName.text(of: table.name)).\(format.rawValue)"
                    objects.append(try await Self.put(table.text, file, crc: table.crc, in: store))
                }
            } else {
                objects.append(try await Self.put(Self.document, format.rawValue, crc: nil, in: store))
            }
            let manifest = Self.manifest(format, tables, objects, compression)
            try await body(StoredTables(manifest: manifest, store: store))
            await store.shutdown()
        }
    }

    private static func put(
        _ text: String, _ file: String, crc: String?, in store: any ObjectStore
    ) async throws -> Manifest.StoredObject {
        let part = Part(bytes: Array(text.utf8))
        let key = "shop/\(id).\(file)"
        _ = try await store.create(key, part)
        var object = Manifest.StoredObject(
            key: key, size: part.size, uncompressedSize: part.size, etag: nil,
            parts: [.init(number: 1, size: part.size, sha256: part.sha256Hex, etag: nil)])
        object.crc32 = crc
        return object
    }

    private static func manifest(
        _ format: DumpFormat, _ tables: [Table], _ objects: [Manifest.StoredObject], _ compression: String
    ) -> Manifest {
        // In a document a table follows its key and a colon, and before that `{`, or a comma and LF.
        var position = 0
        let records = tables.enumerated().map { index, table in
            let size = table.text.utf8.count
            position += (index == 0 ? 1 : 2) + "\"\(table.name)\":".utf8.count
            defer { position += size }
            let hasObject = format.hasObjectPerTable
            return Manifest.TableRecord(
                name: table.name, rows: 1, digest: TableDigest(), carriesRowid: false, isShadow: false,
                range: .init(offset: hasObject ? 0 : Int64(position), length: Int64(size)), changedRows: 0,
                digestAfterImport: nil, object: hasObject ? index : nil)
        }
        return Manifest(
            id: id, database: "shop", appliance: "test", tool: "test", startedAt: time, finishedAt: time,
            source: .init(
                kind: "sqlite", pageSize: 4096, pageCount: 1, encoding: "UTF-8", journalMode: "wal", autoVacuum: 0,
                userVersion: 0, applicationID: 0, sqliteVersion: "3.40.1"),
            snapshot: .init(method: .copy, consistent: true, begunAt: time, takenAt: time),
            options: .init(
                format: format, compression: compression, compressionLevel: nil, chunkRows: 1000, partSize: 8 << 20),
            objects: objects, tables: records, schema: [], excluded: [], foreignCollations: [], notes: [])
    }
}
