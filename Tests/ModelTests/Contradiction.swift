import Model

/// An edit after which a manifest says what cannot be so.
struct Contradiction: Sendable, CustomStringConvertible {
    let description: String
    let edit: @Sendable (inout Manifest) -> Void

    init(_ description: String, _ edit: @escaping @Sendable (inout Manifest) -> Void) {
        self.description = description
        self.edit = edit
    }

    static let all: [Contradiction] = heads + objects + tables

    private static let heads: [Contradiction] = [
        Contradiction("format 0") { $0.formatVersion = 0 },
        Contradiction("an id that is none") { $0.id = "dump_yesterday" },
        Contradiction("a database that leads elsewhere") { $0.database = ".." },
        Contradiction("an unknown compression") { $0.options.compression = "lzma" },
        Contradiction("negative pages") { $0.source.pageSize = -1 },
        Contradiction("huge pages") { $0.source.pageSize = .max },
        Contradiction("a negative number of pages") { $0.source.pageCount = -1 },
        Contradiction("too many pages") { $0.source.pageCount = .max },
        Contradiction("a snapshot that is consistent and is not") { manifest in
            manifest.snapshot.consistency = Consistency(.eachTable, readings: 2)
        },
    ]

    private static let objects: [Contradiction] = [
        Contradiction("no object") { $0.objects = [] },
        Contradiction("two objects") { $0.objects.append($0.objects[0]) },
        Contradiction("an object of another backup") { $0.objects[0].key = "shop/dump_20260315-023001.sql.zst" },
        Contradiction("an object of another database") { $0.objects[0].key = "shoe/dump_20260315-023000.sql.zst" },
        Contradiction("the manifest as the object") { $0.objects[0].key = "shop/dump_20260315-023000.manifest.json" },
        Contradiction("an object elsewhere") { $0.objects[0].key = "shop/dump_20260315-023000.csv/../../../x" },
        Contradiction("a longer id") { $0.objects[0].key = "shop/dump_20260315-0230000.sql.zst" },
        Contradiction("no parts") { $0.objects[0].parts = [] },
        Contradiction("parts from 0") { $0.objects[0].parts[0].number = 0 },
        Contradiction("a part twice") { $0.objects[0].parts.append($0.objects[0].parts[0]) },
        Contradiction("an empty part") { manifest in
            var part = manifest.objects[0].parts[0]
            part.number = 2
            part.size = 0
            manifest.objects[0].parts.append(part)
        },
        Contradiction("sizes that overflow") { manifest in
            var part = manifest.objects[0].parts[0]
            part.number = 2
            part.size = .max
            manifest.objects[0].parts.append(part)
            manifest.objects[0].size = .max
        },
        Contradiction("a negative part") { manifest in
            manifest.objects[0].parts[0].size = -3
            manifest.objects[0].size = -3
        },
        Contradiction("parts that are too small") { $0.objects[0].size = 4 },
        Contradiction("parts that are too large") { $0.objects[0].size = 2 },
        Contradiction("a negative dump") { $0.objects[0].uncompressedSize = -1 },
        Contradiction("a short SHA-256") { $0.objects[0].parts[0].sha256 = "abcd" },
        Contradiction("a SHA-256 of other letters") { manifest in
            manifest.objects[0].parts[0].sha256 = String(repeating: "g", count: 64)
        },
    ]

    private static let tables: [Contradiction] = [
        Contradiction("negative rows") { $0.tables[0].rows = -1 },
        Contradiction("negative changed rows") { $0.tables[0].changedRows = -1 },
        Contradiction("more rows than can be counted") { manifest in
            manifest.tables.append(manifest.tables[0])
            manifest.tables[0].rows = .max
            manifest.tables[1].name = "other"
        },
        Contradiction("a table before the dump") { $0.tables[0].range.offset = -1 },
        Contradiction("a table of negative length") { $0.tables[0].range.length = -1 },
        Contradiction("a table beyond the dump") { $0.tables[0].range.length = 5 },
        Contradiction("a range that overflows") { $0.tables[0].range = .init(offset: .max, length: .max) },
        Contradiction("a table twice") { $0.tables.append($0.tables[0]) },
        Contradiction("a name that differs in case only") { manifest in
            manifest.tables.append(manifest.tables[0])
            manifest.tables[0].name = "Items"
            manifest.tables[1].name = "items"
        },
    ]
}
