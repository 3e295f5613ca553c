import Dump
import Model
import SQLite

/// The schema was changed while it was read.
struct ChangedSchema: Error {}

/// Reads sqlite_schema and what PRAGMAs say of the tables.
struct SchemaReader {
    private static let mostReadings = 3
    /// What every service takes and gives.
    private static let limits = RemoteLimits(statementBytes: 100_000, columns: 100, answerBytes: 8 << 20)
    private static let itself = RemoteTable(
        name: "sqlite_master",
        columns: ["type", "name", "tbl_name", "sql"].map { RemoteTable.Column(name: SQLText($0)) },
        key: .rowid(name: "rowid"))

    let caller: RemoteCaller
    let exclude: [Glob]

    func read() throws -> RemoteSchema {
        for _ in 0..<Self.mostReadings {
            do { return try readOnce() } catch is ChangedSchema { continue }
        }
        throw NightjarError(
            .busy, "the schema changes while it is read", hint: "Back up when nobody changes tables.",
            isTransient: true)
    }

    /// See `RemoteSchema.objectsFingerprint`.
    func objectsFingerprint() throws -> String { try inventory().fingerprint }

    /// What there is, before each table is asked for its columns.
    private struct Inventory {
        let encoding: TextEncoding
        let tellsZerosApart: Bool
        let kinds: TableKinds
        /// Those that are excluded, too.
        let tables: [Manifest.SchemaObject]
        let objects: [Manifest.SchemaObject]
        let excluded: [Manifest.Excluded]

        var fingerprint: String { Fingerprint.of([encoding.pragmaValue] + objects.flatMap(\.fingerprintParts)) }
    }

    private func inventory() throws -> Inventory {
        let encoding = try self.encoding()
        let (all, tellsZerosApart) = try objects(in: encoding)
        let kinds = try TableKinds(caller, all)
        let tables = all.filter { $0.type == "table" }
        let leftOut = Schema.leftOut(
            of: tables.map {
                Schema.Candidate(name: $0.name, isVirtual: $0.isVirtualTable, isShadow: kinds.isShadow($0.name))
            }, by: exclude)
        return Inventory(
            encoding: encoding, tellsZerosApart: tellsZerosApart, kinds: kinds, tables: tables,
            objects: all.filter { !$0.belongs(toOneOf: leftOut.names) }, excluded: leftOut.excluded)
    }

    private func readOnce() throws -> RemoteSchema {
        let found = try inventory()
        let kinds = found.kinds
        var schema = RemoteSchema(
            objects: found.objects, tables: [], virtualTables: [], excluded: found.excluded, notes: [],
            encoding: found.encoding.pragmaValue, objectsFingerprint: found.fingerprint)
        let refusals = try self.refusals(among: schema.objects, kinds)
        leaveOut(refusals, kinds, of: &schema)
        let kept = Set(schema.objects.filter { $0.type == "table" }.map(\.name))
        let sequences = SequenceCondition.leavingOut(
            found.tables.filter { !kept.contains($0.name) }, in: found.encoding)
        let layouts = TableLayoutReader(caller)
        for object in schema.objects where object.type == "table" {
            if object.isVirtualTable {
                schema.virtualTables.append(object.name)
            } else if refusals[object.name] == nil {
                var table = try layouts.table(
                    object, isWithoutRowid: kinds.isWithoutRowid(object), isShadow: kinds.isShadow(object.name))
                if table.name.folded == SequenceCondition.table { table.condition = sequences }
                schema.tables.append(table)
            }
        }
        schema.pageSize = try integer("page_size").map { Int($0) }
        schema.pageCount = try integer("page_count")
        schema.userVersion = try integer("user_version").map { Int($0) }
        schema.applicationID = try integer("application_id").map { Int($0) }
        schema.autoVacuum = try integer("auto_vacuum").map { Int($0) }
        schema.sqliteVersion = try ifAllowed { try value("SELECT sqlite_version()")?.plain(0, 0) }
        let untold = [("user_version", schema.userVersion), ("application_id", schema.applicationID)]
            .filter { $0.1 == nil }.map { $0.0 }
        if !untold.isEmpty {
            schema.notes.append(
                "The service does not tell the database's \(untold.joined(separator: " and ")): the dump sets 0.")
        }
        if !found.tellsZerosApart {
            schema.notes.append(
                "The service's SQLite has no function atan2, which tells -0.0 from 0.0: both may be backed up as 0.0.")
        }
        return schema
    }

    /// From the bytes that a letter has: not every service answers the PRAGMA. A connection takes a database for UTF-8
    /// until a statement has made it read the schema.
    private func encoding() throws -> TextEncoding {
        let sql = "SELECT hex(CAST('a' AS BLOB)) FROM (SELECT count(*) FROM sqlite_master)"
        switch try value(sql)?.plain(0, 0) {
        case "61": return .utf8
        case "6100": return .utf16le
        case "0061": return .utf16be
        default: throw RemoteError(.malformed, "the text encoding of the database cannot be told")
        }
    }

    /// All objects, and whether the statements that read them could ask for the sign of a zero.
    private func objects(
        in encoding: TextEncoding
    ) throws -> (objects: [Manifest.SchemaObject], tellsZerosApart: Bool) {
        let reader = ChunkReader(Self.itself, caller, chunkRows: 1000, limits: Self.limits)
        var objects: [Manifest.SchemaObject] = []
        var last: RemoteKey?
        while let chunk = try reader.next(after: last, upTo: nil) {
            last = chunk.last
            for row in chunk.rows where row.values[3] != .null {
                let texts = try row.values.map { try text($0, encoding) }
                objects.append(.init(type: texts[0].description, name: texts[1], table: texts[2], sql: texts[3]))
            }
        }
        return (objects, reader.query.encoding.tellsZerosApart)
    }

    private func text(_ value: SQLValue, _ encoding: TextEncoding) throws -> SQLText {
        guard case .text(let bytes) = value else {
            throw RemoteError(.malformed, "sqlite_schema holds something else than text")
        }
        switch encoding {
        case .utf8: return SQLText(bytes: bytes)
        case .utf16le: return SQLText(String(decoding: Self.units(bytes, low: 0), as: UTF16.self))
        case .utf16be: return SQLText(String(decoding: Self.units(bytes, low: 1), as: UTF16.self))
        }
    }

    /// - Parameter low: Which byte of two is the lower one.
    private static func units(_ bytes: [UInt8], low: Int) -> [UInt16] {
        stride(from: 0, to: bytes.count - bytes.count % 2, by: 2).map {
            UInt16(bytes[$0 + 1 - low]) << 8 | UInt16(bytes[$0 + low])
        }
    }

    /// What the service says of tables of SQLite's own and of virtual tables that it does not let be read.
    private func refusals(among objects: [Manifest.SchemaObject], _ kinds: TableKinds) throws -> [SQLText: String] {
        var refusals: [SQLText: String] = [:]
        for object in objects where object.type == "table" && !object.isVirtualTable && object.name.isUTF8 {
            guard kinds.isShadow(object.name) || object.name.hasPrefixIgnoringCase("sqlite_") else { continue }
            do {
                _ = try caller.fewRows("SELECT 1 FROM \(object.name.identifier) LIMIT 1")
            } catch let error as RemoteError where error.kind == .statement {
                refusals[object.name] = error.detail
            }
        }
        return refusals
    }

    /// A virtual table is nothing without the tables in which it keeps its data.
    private func leaveOut(_ refusals: [SQLText: String], _ kinds: TableKinds, of schema: inout RemoteSchema) {
        for (name, reason) in refusals.sorted(by: { $0.key.description < $1.key.description }) {
            guard let owner = kinds.owner(of: name) else {
                schema.notes.append(
                    "The rows of table \(name) are missing: the service does not let them be read (\(reason)).")
                continue
            }
            let count = schema.objects.count
            schema.objects.removeAll { $0.table == owner || kinds.owner(of: $0.table) == owner }
            // Another of its tables was refused, too.
            if schema.objects.count == count { continue }
            schema.notes.append(
                "Virtual table \(owner) is missing: the service does not let its table \(name) be read (\(reason)).")
        }
    }

    private func integer(_ pragma: String) throws -> Int64? {
        try ifAllowed { try value("PRAGMA \(pragma)")?.integer(0, 0) }
    }

    /// nil where the answer has no rows.
    private func value(_ sql: String) throws -> RemoteAnswer? {
        let answer = try caller.fewRows(sql)
        return answer.rowCount > 0 ? answer : nil
    }

    /// nil where the service refuses the statement.
    private func ifAllowed<Value>(_ body: () throws -> Value?) throws -> Value? {
        do { return try body() } catch let error as RemoteError where error.kind == .statement { return nil }
    }
}

extension Manifest.SchemaObject {
    var isVirtualTable: Bool { type == "table" && sql.hasPrefixIgnoringCase("CREATE VIRTUAL") }
}
