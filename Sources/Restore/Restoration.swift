import Dump
import Glibc
import Model
import Pipeline
import SQLite
import Storage

/// Makes a SQLite file of a backup: into a new file, compared with the manifest, brought to the disk, then renamed.
package struct Restoration: Sendable {
    package struct Options: Sendable {
        /// The file to make.
        package var target: String
        /// Only these tables, with their indexes; empty means everything.
        package var tables: [String]
        /// Whether an existing file may be replaced.
        package var force: Bool

        package init(target: String, tables: [String], force: Bool) {
            self.target = target
            self.tables = tables
            self.force = force
        }
    }

    package struct Result: Sendable {
        package var tables: Int
        package var rows: Int64
        package var notes: [String]
        package var bytesFetched: Int64
    }

    package let store: any ObjectStore
    package let manifest: Manifest
    package let options: Options
    package let progress: RunProgress?
    /// What opens the backup where it is encrypted.
    package let opening: DumpOpening?

    package init(
        store: any ObjectStore, manifest: Manifest, options: Options, progress: RunProgress?,
        opening: DumpOpening? = nil
    ) {
        self.opening = opening
        self.store = store
        self.manifest = manifest
        self.options = options
        self.progress = progress
    }

    /// - Throws: code `exists` where the target may not be replaced, `difference` where what was restored is not what was
    ///   backed up; no file is left then.
    package func run() async throws -> Result {
        let cancellation = Cancellation()
        let selection = try options.tables.isEmpty ? nil : TableSelection(options.tables, in: manifest)
        let target = try await DedicatedThread.run(cancellation: cancellation) { [options] in
            let target = try RestoreTarget(path: options.target, force: options.force)
            try target.createTemporary()
            return target
        }
        let scratch = ScratchDatabase(path: target.temporaryPath, isTarget: true)
        do {
            if selection == nil { try ScratchSpace.require(for: manifest, atTarget: target.path) }
            var result = try await restore(selection, into: scratch, cancellation)
            try Task.checkCancellation()
            result.notes += try await DedicatedThread.run(cancellation: cancellation) { try target.replace() }
            return result
        } catch {
            scratch.remove()
            throw error
        }
    }

    var opened: OpenedDump { OpenedDump(in: store, manifest, opening: opening) }

    private func restore(
        _ selection: TableSelection?, into scratch: ScratchDatabase, _ cancellation: Cancellation
    ) async throws -> Result {
        let proof = ImportProof(
            importer: DumpImport(dump: opened, progress: progress), selection: selection,
            phase: .restore, access: .readOnly)
        let outcome = try await proof.run(into: scratch, cancellation: cancellation)
        try Self.refuse(outcome.imported.differences, manifest)
        guard let findings = outcome.findings else {
            throw NightjarError(.internal, "\(manifest.id) was imported, but not compared")
        }
        try Self.refuse(findings.differences, manifest)
        let mode = manifest.source.journalMode == "wal" ? "WAL" : "DELETE"
        try await DedicatedThread.run(cancellation: cancellation) {
            do {
                try scratch.open(.readWrite).execute("PRAGMA journal_mode=\(mode)")
            } catch let error as SQLiteError {
                throw ScratchFailure.explain(error, scratch)
            }
        }
        return Result(
            tables: findings.tables.count, rows: findings.tables.reduce(0) { $0 + $1.rowsFound },
            notes: manifest.consistencyNotes + findings.notes + (selection?.notes ?? []),
            bytesFetched: outcome.imported.bytesChecked)
    }

    private static func refuse(_ differences: [VerificationReport.Difference], _ manifest: Manifest) throws {
        guard let first = differences.first else { return }
        let more = differences.count > 1 ? " (and \(differences.count - 1) more)" : ""
        let place = first.object.map { "\($0): " } ?? ""
        throw NightjarError(
            .difference,
            "the backup \(manifest.id) does not give back what was backed up, nothing was restored: "
                + "\(place)\(first.message)\(more)",
            hint:
                "See all of it with: nightjar verify \(manifest.id). Older backups: nightjar list \(manifest.database)")
    }
}
