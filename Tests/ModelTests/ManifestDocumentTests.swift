import Model
import Testing

@Suite struct ManifestDocumentTests {
    private static let manifest = Manifest(
        id: "dump_20260315-023000", database: "shop", appliance: "a", tool: "nightjar 0", startedAt: .init(seconds: 0),
        finishedAt: .init(seconds: 1),
        source: .init(
            kind: "sqlite", pageSize: 4096, pageCount: 2, encoding: "UTF-8", journalMode: "wal", autoVacuum: 0,
            userVersion: -1, applicationID: 7, sqliteVersion: "3"),
        snapshot: .init(method: .copy, consistent: true, begunAt: .init(seconds: 0), takenAt: .init(seconds: 1)),
        options: .init(format: .sql, compression: "zstd", compressionLevel: 3, chunkRows: 1000, partSize: 8 << 20),
        objects: [
            .init(
                key: "shop/dump_20260315-023000.sql.zst", size: 3, uncompressedSize: 5, etag: nil,
                parts: [.init(number: 1, size: 3, sha256: String(repeating: "a", count: 64), etag: "b")])
        ],
        tables: [
            .init(
                name: SQLText(bytes: [0x61, 0xFF]), rows: 3, digest: TableDigest(), carriesRowid: true, isShadow: false,
                range: .init(offset: 1, length: 2), changedRows: 0, digestAfterImport: nil)
        ],
        schema: [.init(type: "table", name: "sha256\" : \"", table: "t", sql: "CREATE TABLE t(a)")], excluded: [],
        foreignCollations: [], notes: ["é"])

    /// Of two tables that have an object each, the second one with more bytes.
    private static func ofTables(_ format: DumpFormat) -> Manifest {
        var manifest = Self.manifest
        manifest.options.format = format
        manifest.objects = []
        manifest.tables = []
        for (index, name) in ["items", "orders"].enumerated() {
            let size: Int64 = index == 0 ? 5 : 9
            var object = Manifest.StoredObject(
                key: "shop/dump_20260315-023000.\(format.fileExtension)/\(name).\(format.fileExtension).zst", size: 3,
                uncompressedSize: size, etag: nil,
                parts: [.init(number: 1, size: 3, sha256: String(repeating: "a", count: 64), etag: nil)])
            object.crc32 = "0123abcd"
            manifest.objects.append(object)
            manifest.tables.append(
                .init(
                    name: SQLText(name), rows: 3, digest: TableDigest(), carriesRowid: false, isShadow: false,
                    range: .init(offset: 0, length: size), changedRows: 0, digestAfterImport: nil, object: index))
        }
        return manifest
    }

    private static func document() -> Manifest {
        var manifest = Self.manifest
        manifest.options.format = .json
        manifest.objects[0].key = "shop/dump_20260315-023000.json.zst"
        return manifest
    }

    @Test("A manifest comes back as it was, names that are not UTF-8 included")
    func roundTrip() throws {
        let bytes = try ManifestDocument.encode(Self.manifest)
        #expect(try ManifestDocument.decode(bytes, name: "m") == Self.manifest)
    }

    @Test("What is proved of a remote source's state comes back, and manifests of files say nothing of it")
    func consistency() throws {
        #expect(!String(decoding: try ManifestDocument.encode(Self.manifest), as: UTF8.self).contains("consistency"))
        var manifest = Self.manifest
        for kind in [Consistency.Kind.consistent, .eachTable, .changed, .unchecked] {
            manifest.snapshot = .init(
                method: .mirror,
                consistency: Consistency(kind, tables: kind == .changed ? ["orders"] : [], readings: 2),
                begunAt: .init(seconds: 0), takenAt: .init(seconds: 1))
            #expect(manifest.snapshot.consistent == (kind == .consistent))
            let bytes = try ManifestDocument.encode(manifest)
            #expect(try ManifestDocument.decode(bytes, name: "m") == manifest)
        }
    }

    @Test("Any changed byte is noticed")
    func tampering() throws {
        let bytes = try ManifestDocument.encode(Self.manifest)
        // The newline at the end is white space, which a JSON document may have or not.
        for index in bytes.indices.dropLast() {
            var changed = bytes
            changed[index] ^= 1
            #expect(throws: NightjarError.self) { try ManifestDocument.decode(changed, name: "m") }
        }
    }

    @Test("A shortened manifest is noticed", arguments: [0, 1, 64, 300])
    func truncation(left: Int) throws {
        let bytes = try ManifestDocument.encode(Self.manifest)
        #expect(throws: NightjarError.self) { try ManifestDocument.decode(Array(bytes.prefix(left)), name: "m") }
    }

    @Test("A manifest of a newer format is told from a damaged one, whatever else it holds")
    func newerFormat() throws {
        let text = String(decoding: try ManifestDocument.encode(Self.manifest).dropLast(), as: UTF8.self)
        let newer = text.replacing(#""formatVersion" : 1"#, with: #""formatVersion" : 3"#)
            .replacing(#""format" : "sql""#, with: #""format" : "parquet""#)
            .replacing(#""tool" : "nightjar 0""#, with: #""tool" : "nightjar 9""#)
        try #require(newer != text)
        let sealed = try #require(ManifestDocument.seal(Array(newer.utf8)))
        let error = #expect(throws: NightjarError.self) { try ManifestDocument.decode(sealed, name: "m") }
        #expect(error?.code == .configuration)
        #expect(error?.hint?.contains("nightjar 9") == true)
    }

    @Test("What a manifest says of who wrote it neither steers a terminal nor turns text round")
    func hostileTool() throws {
        let text = String(decoding: try ManifestDocument.encode(Self.manifest).dropLast(), as: UTF8.self)
        let newer = text.replacing(#""formatVersion" : 1"#, with: #""formatVersion" : 3"#)
            .replacing(#""tool" : "nightjar 0""#, with: #""tool" : "night\u001b[31m\u0007\u202e\u2028jar""#)
        let sealed = try #require(ManifestDocument.seal(Array(newer.utf8)))
        let error = #expect(throws: NightjarError.self) { try ManifestDocument.decode(sealed, name: "m") }
        #expect(error?.code == .configuration)
        #expect(error?.hint?.hasSuffix(": night\u{FFFD}[31m\u{FFFD}\u{FFFD}\u{FFFD}jar") == true, "\(error as Any)")
    }

    @Test("Sealing a document again changes nothing")
    func sealing() throws {
        let document = Array(try ManifestDocument.encode(Self.manifest).dropLast())
        #expect(ManifestDocument.seal(document) == document)
        #expect(ManifestDocument.seal([]) == nil)
        #expect(ManifestDocument.seal(Array(#"{"sha256" : ""}"#.utf8)) == nil)
    }

    @Test("What cannot be so is refused, though the SHA-256 fits", arguments: Contradiction.all)
    func contradictions(_ contradiction: Contradiction) throws {
        try expectRefusal(of: contradiction, in: Self.manifest)
    }

    @Test(
        "What cannot be so of a dump that has an object for each table is refused", arguments: Contradiction.ofTables)
    func contradictionsOfTables(_ contradiction: Contradiction) throws {
        try expectRefusal(of: contradiction, in: Self.ofTables(.csv))
    }

    @Test("What cannot be so of a document is refused", arguments: Contradiction.ofDocuments)
    func contradictionsOfDocuments(_ contradiction: Contradiction) throws {
        try expectRefusal(of: contradiction, in: Self.document())
    }

    private func expectRefusal(of contradiction: Contradiction, in sound: Manifest) throws {
        var manifest = sound
        contradiction.edit(&manifest)
        let bytes = try ManifestDocument.encode(manifest)
        let error = #expect(throws: NightjarError.self) { try ManifestDocument.decode(bytes, name: "m") }
        #expect(error?.code == .difference)
        #expect(error?.message.contains("m") == true)
    }

    @Test("A dump that has an object for each table comes back as it was", arguments: [DumpFormat.csv, .ndjson])
    func tables(format: DumpFormat) throws {
        let manifest = Self.ofTables(format)
        let bytes = try ManifestDocument.encode(manifest)
        #expect(try ManifestDocument.decode(bytes, name: "m") == manifest)
        #expect(manifest.tables.map { manifest.object(of: $0).key } == manifest.objects.map(\.key))
    }

    @Test("A dump of no tables has no objects, where each would have one", arguments: [DumpFormat.csv, .ndjson])
    func noTables(format: DumpFormat) throws {
        var manifest = Self.ofTables(format)
        manifest.objects = []
        manifest.tables = []
        let bytes = try ManifestDocument.encode(manifest)
        #expect(try ManifestDocument.decode(bytes, name: "m") == manifest)
    }

    @Test("A document is one object, also without tables")
    func documents() throws {
        var manifest = Self.document()
        #expect(throws: Never.self) { try manifest.validate() }
        manifest.tables = []
        #expect(throws: Never.self) { try manifest.validate() }
    }

    @Test("An empty object has one empty part")
    func emptyObject() throws {
        var manifest = Self.manifest
        manifest.objects[0].size = 0
        manifest.objects[0].parts[0].size = 0
        #expect(throws: Never.self) { try manifest.validate() }
    }

    @Test("A table may lie at the dump's very end")
    func rangeAtTheEnd() throws {
        var manifest = Self.manifest
        manifest.tables[0].range = .init(offset: 5, length: 0)
        #expect(throws: Never.self) { try manifest.validate() }
    }

    @Test("Names of databases in a store", arguments: ["shop", "0", "a.b_c-D", String(repeating: "x", count: 100)])
    func goodNames(name: String) {
        #expect(BackupKeys.isDatabaseName(name))
    }

    @Test(
        "Names that no database can have",
        arguments: [
            "", ".", "..", "-x", "_x", "a/b", "a b", "\u{E4}", "a\u{1B}[2J", String(repeating: "x", count: 101),
        ])
    func badNames(name: String) {
        #expect(!BackupKeys.isDatabaseName(name))
    }

    @Test("Digests add up in any order and are written with all their digits")
    func digests() throws {
        var one = TableDigest()
        one.add(rowHash: .max)
        one.add(rowHash: 5)
        var other = TableDigest()
        other.add(rowHash: 5)
        other.add(rowHash: .max)
        #expect(one == other)
        #expect("\(one)" == "00000000000000000000000000000004")
        #expect(try #require(TableDigest("\(one)")) == one)
    }
}
