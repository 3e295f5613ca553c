import Appliance
import Model
import Restore
import Settings

/// What became of one database, for programs.
struct BackupResult: Encodable {
    var database: String
    var id: String?
    /// The first of its stores; nil where the configuration has no such database.
    var store: String?
    /// Each of them; left out where there is one only.
    var stores: [BackupStoreResult]?
    var state: String
    var tables: Int?
    var rows: Int64?
    var storedBytes: Int64?
    var dumpBytes: Int64?
    var seconds: Double?
    /// What is proved of the moments of its rows; nil for files.
    var consistency: String?
    var excluded: [String] = []
    var notes: [String] = []
    var verification: VerificationReport?
    var error: FailureText?
}

/// What became of a backup in one of several stores.
struct BackupStoreResult: Encodable {
    var store: String
    /// nil where it is not there.
    var state: String?
    /// Why it is not there, or not proved.
    var error: FailureText?
}

/// A backup that was made, by this process or by the daemon, and what people are told of it.
struct MadeBackup {
    var result: BackupResult
    /// Where its store is.
    var location: String
    /// The manifest's; nil where it could not be read.
    var manifest: Manifest?
    /// nil where all is well.
    var code: FailureCode?
    /// Whether another verification would fail in the same way.
    var isUnprovable = false
    /// Whether nothing here opens it any more.
    var needsIdentity = false

    /// One that this process has made.
    init(_ outcome: BackupRun.Outcome, of database: DatabaseSettings) {
        let manifest = outcome.manifest
        let decisive = outcome.decisive
        self.init(
            id: manifest.id, database: database.name, store: decisive.store,
            location: outcome.copies.map(\.location).joined(separator: " and "),
            state: outcome.state, manifest: manifest, report: decisive.verification, seconds: outcome.seconds)
        if let failure = decisive.verificationFailure {
            fail(FailureText(describing: failure), (failure as? any Failure)?.code)
        }
        isUnprovable = decisive.isUnprovable
        needsIdentity = database.encryption?.identities.isEmpty ?? false
        if database.storeNames.count > 1 { result.stores = Self.stores(outcome, in: database.storeNames) }
    }

    private static func stores(_ outcome: BackupRun.Outcome, in names: [String]) -> [BackupStoreResult] {
        names.map { name in
            if let error = outcome.dropped[name] {
                return BackupStoreResult(store: name, state: nil, error: FailureText(describing: error))
            }
            let copy = outcome.copies.first { $0.store == name }
            return BackupStoreResult(
                store: name, state: copy?.state.rawValue,
                error: copy?.verificationFailure.map { FailureText(describing: $0) })
        }
    }

    /// - Parameters:
    ///   - manifest: nil where it could not be read back.
    ///   - report: nil where there was no verification, or where its report could not be read back.
    init(
        id: String, database: String, store: String, location: String, state: BackupState, manifest: Manifest?,
        report: VerificationReport?, seconds: Double
    ) {
        result = BackupResult(
            database: database, id: id, store: store, state: state.rawValue, tables: manifest?.tables.count,
            rows: manifest?.rows, storedBytes: manifest?.storedBytes, dumpBytes: manifest?.dumpBytes,
            seconds: seconds, consistency: manifest?.snapshot.consistency?.words,
            excluded: manifest?.excluded.map { $0.name.description } ?? [],
            notes: manifest?.notes ?? [], verification: report)
        self.location = location
        self.manifest = manifest
        if state == .failed { code = .difference }
    }

    /// Takes down why the verification could not be done; the backup stands, unproved.
    mutating func fail(_ failure: FailureText, _ reason: FailureCode?) {
        result.error = failure
        // What cannot be read back as it was written is a difference; everything else is worth another try.
        code = reason == .difference ? .difference : .busy
    }

    /// Says to people what was made and what was proved.
    func describe() {
        let id = result.id ?? ""
        Output.line("\(result.database): \(id) in \(location)")
        var figures: [String] = []
        let format = manifest?.options.format.words ?? "text"
        if let tables = result.tables { figures.append(CountText.format(Int64(tables), "table")) }
        if let rows = result.rows { figures.append(CountText.format(rows, "row")) }
        if let bytes = result.dumpBytes { figures.append("\(SizeText.format(bytes)) of \(format)") }
        if let bytes = result.storedBytes { figures.append("\(SizeText.format(bytes)) stored") }
        if let seconds = result.seconds { figures.append(DurationText.format(.seconds(seconds))) }
        Output.line("  \(figures.joined(separator: ", "))")
        if let snapshot = manifest?.snapshot, snapshot.consistency != nil || snapshot.warning != nil {
            Output.line("  Snapshot: \(snapshot.stateWords), by \(snapshot.methodWords)")
            let advice = [snapshot.warning, snapshot.consistency?.remedy]
            for line in advice.compactMap({ $0 }) { Output.line("    \(line)") }
        }
        for excluded in manifest?.excluded ?? [] {
            Output.line("  Left out: \(excluded.name) (exclude: \(excluded.pattern))")
        }
        for note in Set(result.notes + (result.verification?.notes ?? [])).sorted() { Output.line("  Note: \(note)") }
        if let stores = result.stores {
            let there = stores.filter { $0.state != nil }.count
            Output.line("  On \(there) of \(stores.count) stores: " + stores.map(Self.words).joined(separator: ", "))
        }
        if let report = result.verification {
            Output.line("  \(report.summary)")
            for line in report.differences.map(\.line) + report.adviceSentences { Output.line("    \(line)") }
        } else if result.error == nil {
            Output.line("  \(Self.words(result.state, id))")
        }
    }

    /// `disk proved`
    private static func words(_ store: BackupStoreResult) -> String {
        guard let state = store.state else { return "\(store.store) not there" }
        return "\(store.store) \(state == BackupState.failed.rawValue ? "NOT GOOD" : state)"
    }

    /// Says why it is not proved, or not in all of its stores, where that is so.
    func complain() {
        for store in result.stores ?? [] {
            guard store.state == nil, let error = store.error else { continue }
            Output.complain(
                FailureText(
                    describing: NightjarError(
                        .busy, "\(result.id ?? result.database) is not in the store \(store.store): \(error.message)",
                        hint: error.hint ?? copyAdvice(store.store))))
        }
        guard let failure = result.error else { return }
        // The key of its run is gone by now.
        let identity = needsIdentity ? " --identity FILE" : ""
        let advice = "Then run: nightjar verify \(result.id ?? result.database)\(identity)"
        let hint: String? =
            isUnprovable ? failure.hint : [failure.hint, advice].compactMap { $0 }.joined(separator: " ")
        Output.complain(
            FailureText(
                describing: NightjarError(
                    code ?? .busy, "\(result.database) is backed up, not proved: \(failure.message)", hint: hint)))
    }

    /// How a store comes to what it lacks.
    private func copyAdvice(_ store: String) -> String {
        let advice = "The daemon copies it when that can be used again"
        let source = result.stores?.first { $0.state != nil && $0.state != BackupState.failed.rawValue }
        guard let id = result.id, let source else { return advice + "." }
        return "\(advice); by hand: nightjar copy \(id) --from \(source.store) --to \(store)"
    }

    /// Where there is no report.
    private static func words(_ state: String, _ id: String) -> String {
        switch BackupState(rawValue: state) {
        case .proved: "Proved, as the daemon says."
        case .checked: "Checked, not proved, as the daemon says."
        case .failed: "NOT GOOD, as the daemon says. See why with: nightjar verify \(id)"
        case .unproved, nil: "Not proved: no verification was asked for. Prove it with: nightjar verify \(id)"
        }
    }
}
