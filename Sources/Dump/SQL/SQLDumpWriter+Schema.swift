import Model
import Pipeline
import SQLite

/// The parts of a dump that are no rows: its head and tail, and the objects of the schema.
extension SQLDumpWriter {
    // MARK: Head and tail

    mutating func writeHead() throws {
        let head = DumpHead(
            encoding: work.encoding, pageSize: try database.integer("PRAGMA page_size") ?? 4096,
            autoVacuum: try database.integer("PRAGMA auto_vacuum") ?? 0)
        try work.output.append(text: head.text)
    }

    mutating func writeTail(isEmpty: Bool) throws {
        // Without a table SQLite does not write the encoding down; a source of no bytes needs none of it.
        let hasPages = try database.integer("PRAGMA page_count") ?? 0 > 0
        if isEmpty && hasPages { try work.output.append("CREATE TABLE nightjar_empty(a);DROP TABLE nightjar_empty;\n") }
        let version = try database.integer("PRAGMA user_version") ?? 0
        let application = try database.integer("PRAGMA application_id") ?? 0
        if version != 0 || hasPages { try work.output.append(text: "PRAGMA user_version=\(version);\n") }
        if application != 0 { try work.output.append(text: "PRAGMA application_id=\(application);\n") }
        try work.output.append("COMMIT;\nPRAGMA ignore_check_constraints=OFF;\n")
    }

    func freeName(in entries: [Schema.Entry]) -> String {
        let taken = Set(entries.map { $0.object.name.folded })
        var name = "nightjar_sequence"
        while taken.contains(SQLText(name)) { name += "_" }
        return name
    }

    // MARK: Statements

    var schemaTexts: SchemaTexts { SchemaTexts(returns: returns, texts: texts) }

    /// - Parameter computes: Whether its expressions decide what is stored, or refused, while the dump is imported.
    mutating func writeStatement(_ object: Manifest.SchemaObject, computes: Bool) throws {
        var sql = returns.replaced(in: object.sql)
        let needsLiterals = computes && returns.replacedOutsideLiterals(in: object.sql) != nil
        // Until its literals are right it has to take what they would refuse.
        if needsLiterals && object.type == "index" { sql = SchemaStatement.withoutUnique(sql) }
        let statement = SchemaStatement(sql)
        try work.output.append(statement.text)
        if statement.needsRepair || needsLiterals { try schemaTexts.set(object, to: object.sql, &work.output) }
    }

    // MARK: Other objects

    mutating func writeObject(_ entry: Schema.Entry) throws {
        if case .virtualTable = entry.kind {
            // Its shadow tables have been written as tables; creating it would make them anew.
            try work.output.append(
                "PRAGMA writable_schema=ON;\nINSERT INTO sqlite_master(type,name,tbl_name,rootpage,sql)")
            try work.output.append("VALUES('table',")
            let object = returns.replaced(in: entry.object)
            try texts.write(schema: object.name, to: &work.output)
            try work.output.append(",")
            try texts.write(schema: object.table, to: &work.output)
            try work.output.append(",0,")
            try texts.write(schema: object.sql, to: &work.output)
            try work.output.append(");\nPRAGMA writable_schema=OFF;\n")
        } else {
            try writeStatement(entry.object, computes: entry.kind.label == "index")
        }
        if work.isResumed() { return }
        work.steps += 1
        if work.output.frameIsDue() { try work.endFrame() }
        try work.cancellation.check()
    }
}

extension Schema.Kind {
    var label: String {
        switch self {
        case .table: "table"
        case .virtualTable: "virtual"
        case .view: "view"
        case .index: "index"
        case .trigger: "trigger"
        }
    }
}
