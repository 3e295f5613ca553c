import Dump
import Model
import SQLite

/// What a person should know of what was stood in for.
extension ScratchDatabase {
    /// What was done in place of what only the application has, and what has to be done about it.
    var standInNotes: [String] {
        var notes: [String] = []
        if needsApplication {
            notes.append(
                "The schema uses \(standInNames), which only its application has. All rows are here; "
                    + "indexes and generated columns that use them were made with stand-ins (BINARY, NULL): "
                    + "run REINDEX in the application, twice, before using a restored file.")
        }
        if let replaced {
            let names = replaced.names.map(\.description).sorted().joined(separator: ", ")
            let made =
                sparesStored
                ? "indexes that use these functions, be it through generated columns,"
                : "indexes and generated columns that use these functions"
            notes.append(
                "The schema refuses its rows where the functions \(names) are SQLite's own: the application may have "
                    + "others in their places, or others that they depend on; or the source itself violates its schema, "
                    + "which cannot be told here (REINDEX fails then). All rows are here; \(made) were made with "
                    + "stand-ins (NULL): run REINDEX in the application, twice, before using a restored file.")
        }
        return notes
    }

    /// `functions f, g and collations c`.
    var standInNames: String {
        let kinds = [
            ("functions", functionStandIns.map(\.name)), ("collations", collationStandIns.map(\.description)),
        ]
        return kinds.filter { !$0.1.isEmpty }
            .map { "\($0.0) \(Set($0.1).sorted().joined(separator: ", "))" }.joined(separator: " and ")
    }
}
