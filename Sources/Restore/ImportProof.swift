import Dump
import Model
import Pipeline
import SQLite

/// Imports a backup into a scratch database and compares it with its manifest; where the schema refuses the rows, does
/// so once more with stand-ins in the place of all functions of SQLite's own that the schema calls. Stored generated
/// columns are computed without the stand-ins, unless the rows are refused even so: then it is done a third time.
///
/// An application may have its own in their places, with which the rows violate nothing. Whether they are the source's
/// is for counts and digests to say, and the stand-ins change neither.
struct ImportProof: Sendable {
    struct Outcome: Sendable {
        var imported: DumpImport.Result
        /// nil where the import has found differences, so that nothing was compared.
        var findings: DatabaseComparison.Findings?
        var importEnd: ContinuousClock.Instant
    }

    private struct Attempt: Sendable {
        var outcome: Outcome
        /// What may be due to functions that SQLite has otherwise than the application.
        var refusal: SQLiteError?
    }

    let importer: DumpImport
    /// Only these tables, with their indexes; nil means everything.
    let selection: TableSelection?
    /// What the import is part of.
    let phase: RunProgress.Phase
    /// How the comparison opens the scratch database.
    let access: Database.Access

    private var manifest: Manifest { importer.manifest }

    /// - Throws: Where nothing could be found out, because of the machine, the store, or what only the application has.
    func run(into scratch: ScratchDatabase, cancellation: Cancellation) async throws -> Outcome {
        let first = try await attempt(scratch, cancellation)
        guard let refusal = first.refusal else { return first.outcome }
        let schema = manifest.schema.filter { selection?.names.contains($0.table.folded) ?? true }
        guard refusal.mayComeOfFunctions, let functions = SchemaFunctions(of: schema) else {
            return try settle(refusal, first.outcome, scratch)
        }
        var latest = first
        let attempts = functions.computeStored ? [true, false] : [false]
        for sparesStored in attempts where latest.refusal?.mayComeOfFunctions ?? false {
            try await DedicatedThread.run(cancellation: cancellation, priority: importer.priority) {
                try scratch.startOver(replacing: functions, sparesStored: sparesStored)
            }
            latest = try await attempt(scratch, cancellation)
        }
        // The first refusal may be of a table that is no obstacle any more.
        guard let remaining = latest.refusal else { return latest.outcome }
        return try settle(remaining, latest.outcome, scratch)
    }

    private func attempt(_ scratch: ScratchDatabase, _ cancellation: Cancellation) async throws -> Attempt {
        importer.progress?.begin(phase, units: selection == nil ? manifest.storedBytes : 0)
        let imported =
            if let selection {
                try await importer.run(selection, into: scratch, cancellation: cancellation)
            } else {
                try await importer.run(into: scratch, cancellation: cancellation)
            }
        var outcome = Outcome(imported: imported, findings: nil, importEnd: .now)
        // With damaged bytes a comparison would only repeat in other words what is known already.
        guard imported.refusal == nil && imported.differences.isEmpty else {
            return Attempt(outcome: outcome, refusal: imported.refusal)
        }
        let compared = try await DedicatedThread.run(cancellation: cancellation, priority: importer.priority) {
            try compare(scratch, cancellation)
        }
        outcome.findings = compared.findings
        return Attempt(outcome: outcome, refusal: compared.refusal)
    }

    private struct Compared: Sendable {
        var findings: DatabaseComparison.Findings?
        var refusal: SQLiteError?
    }

    private func compare(_ scratch: ScratchDatabase, _ cancellation: Cancellation) throws -> Compared {
        do {
            try selection?.finish(scratch)
            var findings = try DatabaseComparison(
                manifest: manifest, tables: selection?.names, standIns: scratch.standIns, replaced: scratch.replaced
            ).run({ [access] in try scratch.open(access) }, cancellation: cancellation)
            findings.notes += scratch.standInNotes + manifest.rowsAloneNotes(ofAll: selection == nil)
            return Compared(
                findings: findings, refusal: scratch.conflict(in: findings, manifest) ?? findings.suspicion)
        } catch let error as SQLiteError {
            guard error.mayComeOfFunctions else { throw ScratchFailure.explain(error, scratch) }
            return Compared(findings: nil, refusal: error)
        }
    }

    /// What a refusal means where it stays.
    private func settle(_ refusal: SQLiteError, _ outcome: Outcome, _ scratch: ScratchDatabase) throws -> Outcome {
        if refusal.isConstraint, let failure = scratch.standInFailure(refusal, manifest) { throw failure }
        if outcome.imported.refusal != nil {
            var outcome = outcome
            outcome.imported.differences.append(.init("SQLite refuses what the dump says: \(refusal)"))
            return outcome
        }
        // Rows that are missing are differences by themselves.
        guard outcome.findings == nil else { return outcome }
        // No disk makes rows violate a constraint.
        guard refusal.isConstraint else { throw ScratchFailure.explain(refusal, scratch) }
        throw ScratchFailure.refusal(refusal, manifest)
    }
}
