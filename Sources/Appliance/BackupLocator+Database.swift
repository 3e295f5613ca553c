import Model
import Restore
import Settings
import Storage

/// Which of a database's backups is meant, and what to say where there is none.
extension BackupLocator {
    /// Names that an error lists at most.
    private static let listed = 10

    func latest(of database: String, at written: WrittenTime?, _ preference: Preference) async throws -> Found {
        let settings = appliance.configuration.database(named: database)
        let zone = settings?.zone ?? .utc
        let reading = written?.reading(in: zone)
        let listing = try await survey(database: database)
        let until = reading.map { " up to \(LocalTime.exact($0.time, in: zone))" } ?? ""
        var candidates = listing.found.filter { found in reading.map { found.entry.keys.id.time <= $0.time } ?? true }
        var late: Late?
        if let reading { late = try await leaveOut(after: reading.time, &candidates) }
        let lateness = late.map { "\($0.id), begun before, is the state of \(LocalTime.exact($0.takenAt, in: zone))" }
        guard let newest = candidates.last?.entry.keys else {
            let what = "backup of \(database)\(until)" + (lateness.map { " (\($0))" } ?? "")
            throw try await absence(what, of: database, listing)
        }
        var notes: [String] = []
        if let lateness { notes.append("\(lateness): an older one is taken.") }
        if let note = reading?.note { notes.append(note) }
        if let written, written.needsZone, settings == nil {
            notes.append(
                "No configuration says the time zone of \(database): the time was read in UTC. "
                    + "To say another, write it as 2026-03-01T12:00:00+01:00.")
        }
        var chosen =
            switch preference {
            case .newest: try await Self.best(candidates.filter { $0.entry.keys == newest })
            case .verified: try await mostTrusted(candidates, settings?.verify.afterBackup ?? .restore, until)
            }
        for failure in listing.failures {
            notes.append(
                "The store \(failure.storeName) could not be asked and may hold a newer backup: \(failure.message)")
        }
        chosen?.notes += notes
        guard let chosen else { throw try await absence("backup of \(database)", of: database, listing) }
        return chosen
    }

    /// A backup whose run had begun by a time, with its state of a later one.
    private struct Late {
        let id: BackupID
        let takenAt: Timestamp
    }

    /// Leaves out the newest backups where their states are of later than `time`: a run takes its snapshot a while after
    /// its beginning, which the id tells, and what somebody restores from just before an accident must not hold that.
    /// - Parameter candidates: Oldest first. A database's runs follow each other: before one that is early enough all are.
    /// - Returns: The oldest that was left out; nil where none was.
    private func leaveOut(after time: Timestamp, _ candidates: inout [Found]) async throws -> Late? {
        var late: Late?
        while let keys = candidates.last?.entry.keys,
            let takenAt = try await Self.takenAt(candidates.filter { $0.entry.keys == keys }), takenAt > time
        {
            late = Late(id: keys.id, takenAt: takenAt)
            candidates.removeAll { $0.entry.keys == keys }
        }
        return late
    }

    /// - Parameter copies: Those of one backup; one that can be read is enough.
    /// - Returns: nil where no manifest can be read: nobody restores from it without being told so.
    private static func takenAt(_ copies: [Found]) async throws -> Timestamp? {
        var passing: (any Failure)?
        for copy in copies {
            do {
                return try await copy.storedManifest().takenAt
            } catch let failure as any Failure {
                try Task.checkCancellation()
                if !LeftRun.isLasting(failure) { passing = failure }
            }
        }
        if let passing { throw passing }
        return nil
    }

    /// - Parameters:
    ///   - level: What counts as verified.
    ///   - until: As it stands in a sentence; empty where any time will do.
    private func mostTrusted(
        _ candidates: [Found], _ level: VerificationLevel, _ until: String
    ) async throws -> Found? {
        var passed: [(found: Found, state: BackupState)] = []
        var chosen: Found?
        var notes: [String] = []
        let newestFirst = candidates.sorted { $0.entry.keys.id > $1.entry.keys.id }
        for candidate in newestFirst {
            let state = try await candidate.standing().state
            guard state.meets(level) else {
                passed.append((candidate, state))
                continue
            }
            guard let note = try await Self.rot(candidate) else {
                chosen = candidate
                break
            }
            notes.append(note)
        }
        let undamagedKind = "newest one that is not known to be damaged"
        var kind = level == .none ? undamagedKind : "newest verified one"
        if chosen == nil {
            let undamaged = passed.filter { $0.state != .failed }
            let damaged = passed.filter { $0.state == .failed }
            for (candidate, state) in undamaged + damaged {
                guard let note = try await Self.rot(candidate) else {
                    chosen = candidate
                    kind = state == .failed ? "newest one that can be read" : undamagedKind
                    break
                }
                notes.append(note)
            }
        }
        // Where nothing can be read, whoever asked is told why of the newest.
        var result = (chosen ?? newestFirst.first)?.among(candidates)
        result?.notes += notes
        // Another copy of the same backup may be in a second store.
        if let id = result?.entry.keys.id, let newer = passed.first, newer.found.entry.keys.id > id {
            let newerID = newer.found.entry.keys.id
            let isNewest = newerID == newestFirst.first?.entry.keys.id
            let subject = isNewest ? "The newest backup\(until), \(newerID)," : "The backup \(newerID)"
            result?.notes.append("\(subject) \(newer.state.words): the \(kind) is taken.")
        }
        return result
    }

    /// - Returns: That nothing can be restored from a backup, as a note; nil where its manifest can be read.
    static func rot(_ backup: Found) async throws -> String? {
        do {
            _ = try await backup.storedManifest()
            return nil
        } catch let failure as any Failure where failure.code == .difference || failure.code == .missing {
            let reason = failure.code == .missing ? "is gone" : "is not what was written"
            return "The manifest of \(backup.entry.keys.id) in the store \(backup.storeName) \(reason): "
                + "it was passed over."
        } catch let error as StoreError {
            return "The manifest of \(backup.entry.keys.id) in the store \(backup.storeName) cannot be read: "
                + "\(error.message); it was passed over."
        }
    }

    // MARK: Nothing found

    /// An error that says which backups there are.
    /// - Parameter database: Of which one was sought; nil for any.
    func absence(_ what: String, of database: String?, _ listing: Listing) async throws -> NightjarError {
        guard let first = listing.failures.first else {
            return NightjarError(
                .missing, "there is no \(what) in the stores \(appliance.stores.names.joined(separator: ", "))",
                hint: try await hint(database, listing))
        }
        let failure = first.error as? any Failure
        let reasons = listing.failures.map { "store \($0.storeName): \($0.message)" }.joined(separator: "; ")
        return NightjarError(
            failure?.code ?? .internal, "no \(what) was found, but not every store could be asked: \(reasons)",
            hint: failure?.hint, isTransient: failure?.isTransient ?? false, cause: first.error)
    }

    /// What there is instead.
    private func hint(_ database: String?, _ listing: Listing) async throws -> String {
        let isConfigured = !appliance.configuration.path.isEmpty
        let advice = isConfigured ? "See what there is with: nightjar list" : "Each database has a folder there."
        guard let database else { return advice }
        let zone = appliance.configuration.database(named: database)?.zone ?? .utc
        if let oldest = listing.found.first?.entry.keys.id, let newest = listing.found.last?.entry.keys.id {
            let count = Set(listing.found.map(\.entry.keys)).count
            let ends =
                oldest == newest
                ? "\(oldest) of \(LocalTime.exact(oldest.time, in: zone))"
                : "from \(oldest) of \(LocalTime.exact(oldest.time, in: zone)) to \(newest) of "
                    + LocalTime.exact(newest.time, in: zone)
            return "The stores have \(CountText.format(Int64(count), "backup")) of \(database), \(ends)"
        }
        let all = try await survey().found
        let others = Set(all.map(\.entry.keys.database)).sorted()
        guard !others.isEmpty else { return "There are no backups at all." }
        let names = others.prefix(Self.listed).joined(separator: ", ")
        let more = others.count > Self.listed ? " and \(others.count - Self.listed) more" : ""
        return "There are backups of \(names)\(more). \(advice)"
    }
}
