import Model

/// An edit after which a manifest says what cannot be so.
///
/// `all` are for a dump of SQL, `ofTables` for one that has an object for each of its two tables.
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

    static let ofTables: [Contradiction] = numbers + places + checksums

    private static let numbers: [Contradiction] = [
        Contradiction("no object") { $0.objects = [] },
        Contradiction("an object less than tables") { $0.objects.removeLast() },
        Contradiction("an object that is no table's") { manifest in
            var object = manifest.objects[0]
            object.key = "shop/dump_20260315-023000.csv/more.csv.zst"
            manifest.objects.append(object)
        },
        Contradiction("a table less than objects") { $0.tables.removeLast() },
        Contradiction("objects of no table") { $0.tables = [] },
        Contradiction("two objects of one key") { $0.objects[1].key = $0.objects[0].key },
        Contradiction("a second object of another backup") { manifest in
            manifest.objects[1].key = "shop/dump_20260315-023001.csv/orders.csv.zst"
        },
        Contradiction("a second object elsewhere") { manifest in
            manifest.objects[1].key = "shop/dump_20260315-023000.csv/../orders.csv.zst"
        },
        Contradiction("a second object without parts") { $0.objects[1].parts = [] },
        Contradiction("objects that are larger than can be counted") { $0.objects[0].uncompressedSize = .max },
    ]

    private static let places: [Contradiction] = [
        Contradiction("a first table without an object") { $0.tables[0].object = nil },
        Contradiction("a second table without an object") { $0.tables[1].object = nil },
        Contradiction("a table in another one's object") { $0.tables[1].object = 0 },
        Contradiction("two tables in each other's objects") { manifest in
            manifest.tables[0].object = 1
            manifest.tables[1].object = 0
        },
        Contradiction("a table before all objects") { $0.tables[0].object = -1 },
        Contradiction("a table behind all objects") { $0.tables[1].object = 2 },
        // The other object is long enough for it.
        Contradiction("a table beyond its own object") { $0.tables[0].range.length = 9 },
        Contradiction("a table that begins in its object and ends beyond it") { manifest in
            manifest.tables[1].range = .init(offset: 1, length: 9)
        },
        Contradiction("the tables of a document") { $0.options.format = .json },
    ]

    private static let checksums: [Contradiction] = ["", "0123abc", "0123abcde", "0123abcg", "0x23abcd", "-123abcd"]
        .map { crc in
            Contradiction("the CRC-32 '\(crc)'") { $0.objects[1].crc32 = crc }
        }

    /// For a document, which is one object.
    static let ofDocuments: [Contradiction] = [
        Contradiction("a table with an object of its own") { $0.tables[0].object = 0 },
        Contradiction("a table in an object that there is not") { $0.tables[0].object = 1 },
        Contradiction("no object") { $0.objects = [] },
        Contradiction("two objects") { manifest in
            manifest.objects.append(manifest.objects[0])
            manifest.objects[1].key = "shop/dump_20260315-023000.more.json.zst"
        },
    ]
}
