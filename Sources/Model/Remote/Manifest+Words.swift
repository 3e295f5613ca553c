extension Manifest.SnapshotFacts {
    /// What is proved of the moments of its rows: `one consistent state` of files, `changed while read: orders`.
    package var stateWords: String {
        consistency?.words ?? (consistent ? "one consistent state" : "NOT one consistent state")
    }

    /// What a person should know where the rows are not known to be from one moment; nil where they are.
    package var warning: String? {
        if let consistency { return consistency.warning }
        return consistent ? nil : "NOT one state of the source: its rows are from different moments."
    }

    /// What is proved of the moments of its rows, for a line in a list; nil where they are known to be from one moment.
    package var shortfall: String? {
        guard warning != nil else { return nil }
        return consistency?.brief ?? stateWords
    }

    /// `a copy`, `a mirror, read 2 times`
    package var methodWords: String {
        switch method {
        case .copy: "a copy"
        case .transaction: "a read transaction"
        case .mirror: consistency.map { "a mirror, read \(CountText.format(Int64($0.readings), "time"))" } ?? "a mirror"
        }
    }
}

extension Consistency {
    /// What a person can do about rows that are not known to be from one moment; nil where they are.
    package var remedy: String? {
        switch kind {
        case .consistent: nil
        case .eachTable, .changed: "Back it up at a time when less is written to it, or while nothing is."
        case .unchecked: "With `rereads` of 1 or more in the configuration it is read again, and what changed is named."
        }
    }
}

extension Manifest.SourceFacts {
    /// The service that has the database; nil for a file.
    package var service: RemoteService? { RemoteService(rawValue: kind) }

    /// nil where the service does not tell it.
    package var knownSQLiteVersion: String? { service != nil && sqliteVersion.isEmpty ? nil : sqliteVersion }

    /// `SQLite 3.40.1`, `StarbaseDB, SQLite 3.46.0`; the service alone where it does not tell its SQLite's version.
    package var engineWords: String {
        [service?.title, knownSQLiteVersion.map { "SQLite \($0)" }].compactMap { $0 }.joined(separator: ", ")
    }

    /// `journal wal`; nil for what is no file.
    package var journalWords: String? { service == nil ? "journal \(journalMode)" : nil }
}
