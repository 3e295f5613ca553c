import Dump
import Model
import Pipeline
import SQLite

/// Compares a backup with its source as it is now.
///
/// The source is read as an export reads it, from a snapshot and with the same digests, which are compared with those
/// of the manifest; nothing of the dump is fetched, and nothing is written but the snapshot.
package struct SourceComparison: Sendable {
    package let manifest: Manifest
    package let source: any ExportSource
    package let snapshotOptions: SnapshotOptions
    /// As the configuration has it. A table that is in the backup is compared all the same.
    package let exclude: [Glob]
    /// A folder of this comparison's own, for the snapshot.
    package let workDirectory: String
    package let progress: RunProgress?

    package init(
        manifest: Manifest, source: any ExportSource, snapshotOptions: SnapshotOptions, exclude: [Glob],
        workDirectory: String, progress: RunProgress?
    ) {
        self.manifest = manifest
        self.source = source
        self.snapshotOptions = snapshotOptions
        self.exclude = exclude
        self.workDirectory = workDirectory
        self.progress = progress
    }

    /// - Returns: The report, whatever it found. The folder is the caller's to remove.
    /// - Throws: `NightjarError`, as an export does where its source cannot be read.
    package func run() async throws -> Report {
        let cancellation = Cancellation()
        return try await DedicatedThread.run(cancellation: cancellation) { try read(cancellation) }
    }

    private func read(_ cancellation: Cancellation) throws -> Report {
        do {
            progress?.begin(.snapshot, units: 0)
            let snapshot = try source.takeSnapshot(
                in: workDirectory, options: snapshotOptions, exclude: patternsOfNothingHeld,
                cancellation: cancellation, progress: progress ?? RunProgress())
            snapshot.database.standInForTheApplication()
            let interrupter = snapshot.database.interrupter
            return try cancellation.withHandler({ interrupter.interrupt() }) {
                let report = try compare(snapshot, cancellation)
                try snapshot.checkUnchanged()
                return report
            }
        } catch let error as SQLiteError {
            throw source.explain(error)
        }
    }

    /// What the backup left out for a pattern's sake is left out here, whatever the configuration says by now.
    private var patterns: [Glob] { manifest.excluded.map { Glob($0.pattern) } + exclude }

    /// Folded names of the backup's tables.
    private var held: Set<SQLText> { Set(manifest.schema.filter { $0.type == "table" }.map(\.name.folded)) }

    /// Those of the patterns by which a snapshot may lack tables: it has to have all that the backup has.
    private var patternsOfNothingHeld: [Glob] {
        let names = held
        return patterns.filter { pattern in !names.contains { pattern.matches($0) } }
    }

    private func compare(_ snapshot: Snapshot, _ cancellation: Cancellation) throws -> Report {
        let database = snapshot.database
        let facts = try Manifest.SourceFacts(reading: database, of: snapshot.origin)
        let selection = try Schema(reading: database).selection(excluding: patterns, keeping: held)
        progress?.begin(.verify, units: manifest.rows)
        // Of what its format cannot carry a backup says nothing.
        let entries =
            manifest.dumpHoldsSchema ? selection.entries : Schema.entriesForRows(of: selection.entries)
        let tables = try compareTables(entries, in: database, cancellation)
        return Report(
            id: manifest.id, database: manifest.database, source: source.name, backupTakenAt: manifest.snapshot.takenAt,
            comparedAt: snapshot.facts.takenAt, tables: tables, schema: compareSchema(entries),
            settings: compareSettings(facts), excluded: snapshot.origin.excluded + selection.excluded,
            notes: notes(on: tables, facts, snapshot))
    }

    // MARK: Rows

    private func compareTables(
        _ entries: [Schema.Entry], in database: Database, _ cancellation: Cancellation
    ) throws -> [Report.Table] {
        var breather = Breather(work: snapshotOptions.breathing.work, pause: snapshotOptions.breathing.pause)
        var live: [SQLText: (layout: TableLayout, definition: SQLText)] = [:]
        for entry in entries {
            guard case .table(let layout) = entry.kind else { continue }
            live[layout.name.folded] = (layout, entry.object.trimmed.sql)
        }
        let recorded = manifest.schema.filter { $0.type == "table" }.map { ($0.name.folded, $0.trimmed.sql) }
        let definitions = Dictionary(recorded, uniquingKeysWith: { first, _ in first })
        var tables: [Report.Table] = []
        for record in manifest.tables {
            guard let (layout, definition) = live.removeValue(forKey: record.name.folded) else {
                tables.append(
                    Report.Table(
                        name: record.name, change: .gone, rowsInBackup: record.rows, isRedefined: false,
                        isShadow: record.isShadow))
                continue
            }
            let now = try RowsDigest.compute(of: record.read(layout), in: database) { rows in
                progress?.add(done: rows)
                try breather.breathe(cancellation)
            }
            // Of the source's own values, not of what an import makes of them.
            var isSame = now.rows == record.rows && now.digest == record.digest
            if isSame, let generated = record.generatedDigest {
                let generatedNow = try GeneratedDigest.compute(of: layout, in: database) {
                    try breather.breathe(cancellation)
                }
                isSame = generated == generatedNow
            }
            tables.append(
                Report.Table(
                    name: record.name, change: isSame ? .unchanged : .between(record.rows, and: now.rows),
                    rowsInBackup: record.rows, rowsNow: now.rows,
                    isRedefined: definitions[record.name.folded] != definition, isShadow: record.isShadow))
        }
        for entry in entries {
            guard case .table(let layout) = entry.kind, live[layout.name.folded] != nil else { continue }
            let now = try RowsDigest.compute(of: layout, in: database) { _ in try breather.breathe(cancellation) }
            tables.append(
                Report.Table(
                    name: layout.name, change: .added, rowsNow: now.rows, isRedefined: false, isShadow: layout.isShadow)
            )
        }
        return tables
    }

    // MARK: Schema and settings

    private struct ObjectName: Hashable {
        let type: String
        let name: SQLText

        init(_ object: Manifest.SchemaObject) {
            type = object.type
            name = object.name.folded
        }
    }

    /// All objects but the tables that have rows of their own, which are compared as such.
    private func compareSchema(_ entries: [Schema.Entry]) -> [Report.SchemaChange] {
        let tables = Set(manifest.tables.map(\.name.folded))
        var live: [Manifest.SchemaObject] = []
        for entry in entries {
            if case .table = entry.kind { continue }
            live.append(entry.object)
        }
        var found = Dictionary(live.map { (ObjectName($0), $0) }, uniquingKeysWith: { first, _ in first })
        var changes: [Report.SchemaChange] = []
        for object in manifest.schema where object.type != "table" || !tables.contains(object.name.folded) {
            guard let now = found.removeValue(forKey: ObjectName(object)) else {
                changes.append(.init(.dropped, object))
                continue
            }
            if now.trimmed.sql != object.trimmed.sql { changes.append(.init(.changed, now)) }
        }
        for object in live where found[ObjectName(object)] != nil { changes.append(.init(.added, object)) }
        return changes
    }

    private func compareSettings(_ facts: Manifest.SourceFacts) -> [Report.SettingChange] {
        // A file of no bytes has none of its own.
        guard manifest.source.pageCount > 0 && facts.pageCount > 0 else { return [] }
        let expected = manifest.source.headSettings + manifest.source.tailSettings
        var changes: [Report.SettingChange] = []
        for (before, now) in zip(expected, facts.headSettings + facts.tailSettings) where before.value != now.value {
            changes.append(.init(name: before.name, inBackup: before.value, now: now.value))
        }
        return changes
    }

    private func notes(
        on tables: [Report.Table], _ facts: Manifest.SourceFacts, _ snapshot: Snapshot
    ) -> [String] {
        var notes = snapshot.origin.notes
        if let warning = manifest.snapshot.consistency?.warning { notes.append("What the backup holds: \(warning)") }
        if let warning = snapshot.facts.consistency?.warning { notes.append("What was read now: \(warning)") }
        if facts.encoding != manifest.source.encoding && manifest.source.pageCount > 0 {
            notes.append(
                "Text is stored as \(facts.encoding) now, and digests are of the stored bytes: tables with text count "
                    + "as changed, even where the text is the same.")
        }
        for table in tables where table.isRedefined && table.change == .contentChanged {
            notes.append(
                "\(table.name) is defined otherwise than in the backup, and a digest is of all columns: whether the columns "
                    + "that both have hold the same cannot be told.")
        }
        return notes
    }
}
