import Model
import SQLite

/// Lists a page at a time, for those who ask over HTTP.
extension Catalog {
    /// Runs of one database, or of all, newest first.
    /// - Parameter id: only those with smaller ids; nil begins with the newest.
    package func runs(of name: String?, before id: Int64?, limit: Int) throws -> [RunRecord] {
        try page("SELECT \(RunRecord.columns) FROM runs", of: name, before: id, limit, RunRecord.init(reading:))
    }

    /// Verifications likewise.
    package func verifications(of name: String?, before id: Int64?, limit: Int) throws -> [VerificationRecord] {
        try page(
            "SELECT \(VerificationRecord.columns) FROM verifications", of: name, before: id, limit,
            VerificationRecord.init(reading:))
    }

    private func page<Record>(
        _ query: String, of name: String?, before id: Int64?, _ limit: Int,
        _ read: (inout Columns) throws -> Record
    ) throws -> [Record] {
        try self.read { database in
            try database.select(
                "\(query) WHERE id < ? \(name == nil ? "" : "AND database = ?") ORDER BY id DESC LIMIT ?",
                [.integer(id ?? .max)] + (name.map { [SQLValue.text($0)] } ?? []) + [.integer(Int64(max(limit, 0)))],
                read)
        }
    }
}
