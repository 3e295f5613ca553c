import Dump
import Model
import SQLite

/// SQLite's own check of what was restored.
extension DatabaseComparison {
    /// Of what SQLite finds wrong no more is kept.
    static let linesShown = 100

    func checkIntegrity(_ database: Database, _ schema: Schema, _ findings: inout Findings) throws {
        // A hundred violations of the source's own would hide what the check is for.
        try database.execute("PRAGMA ignore_check_constraints=ON")
        // Each row is looked up in each index: with SQLite's usual 2 MB it reads the same pages over and over.
        try database.execute("PRAGMA cache_size=-8192")
        // By default it stops at a hundred lines, which findings of the source's own may use up.
        let statement = try database.prepare("PRAGMA integrity_check(2147483647)")
        var counts: [String: Int64] = [:]
        while try statement.step() { counts[String(decoding: statement.utf8(at: 0), as: UTF8.self), default: 0] += 1 }
        let lines = counts.sorted { $0.key < $1.key }.map { line, count in
            (text: count == 1 ? line : "\(line) (\(CountText.format(count)) times)", line: line)
        }
        findings.integrityCheck = lines.prefix(Self.linesShown).map(\.text)
        // The rows are the source's, byte for byte: what they violate, they violate there too. NULLs in a column that is
        // NOT NULL also count as equal to each other, which the import, where they were not, has not let pass otherwise.
        let hasNulls = lines.contains { $0.line.hasPrefix("NULL value in") }
        let namesColumns = lines.contains { Self.column(valuedIn: $0.line) != nil }
        let functions = namesColumns ? replaced ?? SchemaFunctions(of: schema.entries.map(\.object)) : nil
        let dependent = try functions.map { try Self.generatedColumns(in: database, schema, dependingOn: $0) } ?? []
        let generated =
            try namesColumns && !standIns.isEmpty ? Self.generatedColumns(in: database, schema, dependingOn: nil) : []
        for (text, line) in lines where line != "ok" {
            let isNull = line.hasPrefix("NULL value in")
            let isNotUnique = line.hasPrefix("non-unique entry in index")
            let column = Self.column(valuedIn: line)
            let isDependent = column.map { dependent.contains($0) } ?? false
            let isGenerated = column.map { generated.contains($0) } ?? false
            if hasStandIns && (isNotUnique || isGenerated || (replaced != nil && isDependent)) {
                // What the stand-ins make of an index or a generated column is told with them.
                continue
            } else if isNull && isDependent {
                findings.notes.append(
                    "integrity_check: \(text), which SQLite's own functions compute here. Where the application has "
                        + "others in their places, it need not be so in the source: "
                        + "run REINDEX in the application then, twice, before using a restored file.")
            } else if isNull || (hasNulls && isNotUnique) {
                findings.notes.append("integrity_check: \(text) (so it is in the source)")
            } else {
                if isDependent {
                    findings.suspicion = SQLiteError(
                        code: Self.wrongType, message: line, operation: "checking what was imported")
                }
                guard findings.differences.count < Self.linesShown else { continue }
                findings.differences.append(.init("integrity_check: \(text)"))
            }
        }
    }

    /// `SQLITE_CONSTRAINT_DATATYPE`, as an INSERT would have said it.
    private static let wrongType: Int32 = 3091

    /// `table.column` as integrity_check writes it, of what stands in the wrong type, or as NULL, in one.
    private static func column(valuedIn line: String) -> String? {
        guard let middle = line.firstRange(of: " value in ") else { return nil }
        let kind = line[..<middle.lowerBound]
        guard ["NULL", "NUMERIC", "TEXT"].contains(kind) || kind.hasPrefix("non-") else { return nil }
        return String(line[middle.upperBound...])
    }

    /// `table.column` of those that are generated, without such as might be read as another that is not among them.
    /// - Parameter functions: Only such as depend on them; nil means all.
    private static func generatedColumns(
        in database: Database, _ schema: Schema, dependingOn functions: SchemaFunctions?
    ) throws(SQLiteError) -> Set<String> {
        var generated: Set<String> = []
        var others: Set<String> = []
        for entry in schema.entries {
            guard case .table(let table) = entry.kind else { continue }
            let dependent = functions.map { StoredColumns.depending(on: $0.names, in: entry.object.sql) }
            for column in try database.columnNames(of: table.name) {
                let text = "\(table.name).\(column.name)"
                if column.isGenerated && (dependent?.contains(column.name.folded) ?? true) {
                    generated.insert(text)
                } else {
                    others.insert(text)
                }
            }
        }
        return generated.subtracting(others)
    }
}
