import Catalog
import Logging
import Model
import Settings

/// The configuration while the daemon works: read again when somebody asks, and followed where its patterns find other
/// files than before.
extension Daemon {
    // MARK: Reloading

    func reloadAndTell() async throws {
        manager.reloading()
        // Whatever comes of it, the reload is over.
        defer { manager.ready(status: status) }
        try await readConfiguration()
        try await turn()
    }

    private func readConfiguration() async throws {
        do {
            let configuration = try Configuration.load(path: configurationPath, environment: environment)
            guard configuration.stateDirectory == appliance.configuration.stateDirectory else {
                throw NightjarError(
                    .configuration, "state_dir cannot change while the daemon works", hint: "Restart it instead.")
            }
            let hasOtherLog = configuration.logFormat != appliance.configuration.logFormat
            let look = configuration.look(after: appliance.configuration.databases, missing: watch.missing)
            try await use(Appliance(configuration.with(look), meters: appliance.meters), gone: look.gone)
            watch.restart(with: look, at: clock.now)
            for note in appliance.configuration.notes { log.notice("\(note)") }
            await closeRetiredStores()
            let count = appliance.configuration.databases.count
            var text = "\(count) databases configured"
            if hasOtherLog {
                let note = "log.format has changed: it counts from the next start on"
                log.warning("\(note)")
                text += "; \(note)"
            }
            try await catalog.add(EventRecord(at: clock.now, kind: .configurationReloaded, text: text))
            log.notice("the configuration was read again", metadata: ["databases": "\(count)"])
        } catch let error as ConfigurationError {
            for complaint in error.complaints { log.error("\(complaint)") }
            try await refuse("it has \(CountText.format(Int64(error.complaints.count), "mistake"))")
        } catch let error as NightjarError where error.code == .configuration {
            try await refuse(error.message)
        }
    }

    private func refuse(_ reason: String) async throws {
        log.error("the new configuration is not used, the old one stays: \(reason)")
        try await catalog.add(EventRecord(at: clock.now, kind: .configurationRefused, text: reason))
    }

    func closeRetiredStores() async {
        let used = atWork.map { ObjectIdentifier($0.stores) }
        let unused = retiredStores.filter { !used.contains(ObjectIdentifier($0)) && !$0.isUsed }
        retiredStores.removeAll { stores in unused.contains { $0 === stores } }
        for stores in unused { await stores.shutdown() }
    }

    // MARK: Patterns

    /// Looks into the folders of the patterns where it is time to.
    /// - Returns: When to be woken for the next look; nil where there is nothing to be woken for.
    func watchPatterns(_ now: Timestamp) -> Timestamp? {
        guard !appliance.configuration.patterns.isEmpty else { return nil }
        if watch.isDue(at: now) {
            let continuation = events.continuation
            watch.begin(appliance.configuration, at: now) { continuation.yield(.looked($0, $1)) }
        }
        return watch.next > now ? watch.next : nil
    }

    /// Takes over what a look has found.
    func follow(_ look: PatternLook, number: Int) async throws {
        guard watch.end(number, look) else { return }
        for database in look.databases {
            guard let path = database.sqlitePath, look.missing.contains(path) else { continue }
            log.debug(
                "the file \(database.shownSource) is missing: it counts as gone if it still is in a minute",
                metadata: ["database": "\(database.name)"])
        }
        let known = Set(appliance.configuration.patternNotes)
        for note in look.notes where !known.contains(note) { log.notice("\(note)") }
        let isChanged = look.changesDatabases(of: appliance.configuration)
        if isChanged {
            try await use(appliance.with(look), gone: look.gone)
        } else {
            appliance = appliance.with(look)
        }
        // What is not needed is left out: hundreds of databases are looked at in a turn.
        if isChanged || !look.missing.isEmpty || watch.isDue(at: clock.now) { try await turn() }
    }

    // MARK: Databases that come and go

    /// Works with `next` from now on, and tells which databases have come and gone.
    /// - Parameter gone: Paths of files of databases that are gone for that reason.
    func use(_ next: Appliance, gone: Set<String>) async throws {
        let before = Dictionary(
            appliance.configuration.databases.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let names = next.configuration.databases.map(\.name)
        // Before anything else: where the catalog is away all stays as it was, and the next look tries again.
        let change = try await catalog.register(names, at: clock.now)
        if next.stores !== appliance.stores { retiredStores.append(appliance.stores) }
        let isMoved = !next.configuration.keepsPlaces(of: appliance.configuration)
        appliance = next
        await listen()
        let configured = Set(names)
        let unchanged = isMoved ? [] : next.configuration.databases.filter { before[$0.name] == $0 }.map(\.name)
        proofs.lookAtAll(of: configured, unchanged: Set(unchanged))
        queue.keepOnly(configured)
        // Who comes back is owed the slot that was dropped from the queue.
        handled = handled.filter { configured.contains($0.key) }
        for name in change.removed { await leave(name, before[name], gone) }
        let added = Set(change.added)
        for database in next.configuration.databases {
            let old = before[database.name]
            if added.contains(database.name) { await welcome(database, isNew: old == nil) }
            if database.pattern != nil, let old, old.source != database.source {
                log.warning(
                    "backed up from \(database.shownSource) from now on, no longer from \(old.shownSource)",
                    metadata: ["database": "\(database.name)"])
            }
        }
    }

    /// - Parameter isNew: false at the daemon's start, when nobody knows what there was before.
    private func welcome(_ database: DatabaseSettings, isNew: Bool) async {
        var text = "\(database.shownSource) is configured"
        if let pattern = database.pattern {
            let when = database.schedule == nil ? "when somebody asks" : "from now on"
            text = "a new file fits \(pattern): \(database.shownSource) is backed up as \(database.name) \(when)"
        }
        await keep(.databaseAdded, of: database.name, text)
        if isNew, database.pattern != nil { log.notice("\(text)", metadata: ["database": "\(database.name)"]) }
    }

    /// - Parameter last: As it was configured; nil where that was before this process.
    private func leave(_ name: String, _ last: DatabaseSettings?, _ gone: Set<String>) async {
        var text = "no longer configured; its backups are kept"
        var level = Logger.Level.notice
        if let last, last.pattern != nil, let path = last.sqlitePath, gone.contains(path) {
            text =
                "the file \(last.shownSource) of \(name) is gone: it is backed up no longer, and its backups are kept"
            level = .warning
        }
        // Nobody waits for its backups any more.
        _ = try? await catalog.clear(.overdue, of: name)
        _ = try? await catalog.clear(.proof, of: name)
        await keep(.databaseRemoved, of: name, text)
        log.log(level: level, "\(text)", metadata: ["database": "\(name)"])
    }

    /// A catalog that is away must not keep the log from telling.
    private func keep(_ kind: EventKind, of name: String, _ text: String) async {
        do {
            try await catalog.add(EventRecord(at: clock.now, kind: kind, database: name, text: text))
        } catch {
            log.error("\(ErrorText.line(error))", metadata: ["database": "\(name)"])
        }
    }
}

extension Configuration {
    /// Whether stores and the scratch directory are as they were: what could not be proved there need not go better now.
    fileprivate func keepsPlaces(of other: Configuration) -> Bool {
        stores == other.stores && scratchDirectory == other.scratchDirectory
    }
}
