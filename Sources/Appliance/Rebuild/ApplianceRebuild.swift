import Age
import Catalog
import FoundationEssentials
import Glibc
import Model
import Settings
import Storage

/// Makes an appliance anew of what one of its stores holds, on a machine that has nothing of it: the configuration without its
/// secrets, who it was, and the catalog.
package struct ApplianceRebuild: Sendable {
    package struct Outcome: Sendable {
        /// Of the configuration that was kept.
        package let writtenAt: Timestamp
        package let host: String
        package let appliance: String
        /// The main file first.
        package let files: [String]
        /// Files that were part of it and are not written, for they lay elsewhere.
        package let left: [String]
        /// What a person should know; one sentence each.
        package let notes: [String]
        package let main: String
        package let stateDirectory: String
        package let catalog: CatalogRebuild.Outcome
        /// Other stores of the configuration, which nobody has looked into yet.
        package let otherStores: [String]
        /// Why the configuration cannot be used yet: as a rule the secrets, which nobody has kept. Empty where it can.
        package let missing: [String]
    }

    /// Where its backups are.
    package let address: StoreSettings
    package let identities: [AgeIdentity]
    /// Where the main file goes.
    package let target: String
    package let environment: [String: String]

    package init(
        from address: StoreSettings, identities: [AgeIdentity], to target: String, environment: [String: String]
    ) {
        self.address = address
        self.identities = identities
        self.target = target
        self.environment = environment
    }

    /// - Throws: code `missing` where nothing is kept there, `encrypted` where no identity opens it, `exists` where another
    ///   configuration or the state of another appliance is in the way; nothing has been written then.
    package func run() async throws -> Outcome {
        let reading = Appliance(of: address, identities: identities)
        let kept: KeptConfiguration
        let notes: [String]
        do {
            (kept, notes) = try await newest(reading)
            await reading.stores.shutdown()
        } catch {
            await reading.stores.shutdown()
            throw error
        }
        let (files, left) = try files(of: kept)
        try checkWay(files, kept)
        let state = try StateDirectory(path: kept.stateDirectory)
        try SmallFile.create("\(state.path)/appliance.id", Array("\(kept.appliance)\n".utf8))
        let claims = StateDirectory.claimedStores(in: state.path)
        for location in kept.claimed { try claims.add(location) }
        for file in files { try write(file) }
        let catalog = try await rebuildCatalog(kept, state)
        let (otherStores, missing) = look(besides: kept.store)
        return Outcome(
            writtenAt: kept.writtenAt, host: kept.host, appliance: kept.appliance, files: files.map(\.path), left: left,
            notes: notes, main: target, stateDirectory: kept.stateDirectory, catalog: catalog,
            otherStores: otherStores, missing: missing)
    }

    private func newest(_ appliance: Appliance) async throws -> (KeptConfiguration, notes: [String]) {
        let store = try appliance.stores.store(named: address.name)
        let owner = try await Ownership.owner(of: store)
        let keys = try await store.keptConfigurations()
        guard !keys.isEmpty else {
            throw NightjarError(
                .missing, "no configuration is kept in \(store.location)",
                hint: owner == nil
                    ? "No appliance has written there: is the prefix right?"
                    : "The appliance that writes there has kept none yet: write one by hand, and bring the backups in with: "
                        + "nightjar rebuild")
        }
        var failure: NightjarError?
        var notes: [String] = []
        if let last = keys.last, !KeptConfiguration.isEncrypted(last),
            let encrypted = keys.last(where: { KeptConfiguration.isEncrypted($0) })
        {
            notes.append(
                "\(last) is not encrypted, and \(encrypted) before it is: look at what it says before you use it.")
        }
        for key in keys.reversed() {
            do {
                let bytes = try await store.get(key, range: nil).collect(limit: 64 << 20)
                return (try read(bytes, key, owner, store), notes)
            } catch let error as NightjarError where error.code == .difference {
                failure = failure ?? error
                notes.append("An older one was taken: \(error.message).")
            }
        }
        throw failure ?? NightjarError(.internal, "no kept configuration was read")
    }

    private func read(
        _ bytes: [UInt8], _ key: String, _ owner: String?, _ store: any ObjectStore
    ) throws(NightjarError) -> KeptConfiguration {
        let kept = try KeptConfiguration(bytes, name: key, identities: identities)
        guard kept.appliance == owner, !kept.files.isEmpty, kept.stateDirectory.hasPrefix("/"),
            kept.claimed.allSatisfy({ Self.isLocation($0) })
        else {
            throw NightjarError(
                .difference, "\(key) in \(store.location) is not of the appliance to which that belongs",
                hint: "Somebody has copied or exchanged objects there. Look at what it says before you use it.")
        }
        return kept
    }

    /// Whether a line is the place of a store, as `claimed-stores` has them.
    private static func isLocation(_ line: String) -> Bool {
        (line.hasPrefix("/") || line.hasPrefix("s3://")) && line.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }

    /// What may lie in a state directory before the appliance has an id.
    private static let early: Set<String> = [
        "locks", "scratch", "token", "control.sock", "backups", "catalog.db", "lost+found",
    ]

    // MARK: Files

    /// Those of the configuration, where they go: the main file to the target, and what lay below its folder below that of
    /// the target. Whoever can write to the store must not be able to write elsewhere on this machine.
    /// - Returns: Also the paths of those that are left.
    private func files(of kept: KeptConfiguration) throws -> ([ConfigurationSource], left: [String]) {
        let before = Self.folder(of: kept.main) + "/"
        let after = Self.folder(of: target) + "/"
        guard let main = kept.files.first(where: { $0.path == kept.main }) else {
            throw NightjarError(.difference, "the configuration that was kept has no main file")
        }
        var files = [ConfigurationSource(path: target, text: main.text)]
        var left: [String] = []
        for file in kept.files where file.path != kept.main {
            let rest = file.path.dropFirst(before.count)
            let isHarmless =
                file.path.hasPrefix(before) && !rest.split(separator: "/").contains("..")
                && [".yaml", ".yml"].contains { rest.hasSuffix($0) } && !rest.utf8.contains(0)
            if isHarmless {
                files.append(ConfigurationSource(path: after + rest, text: file.text))
            } else {
                left.append(file.path)
            }
        }
        return (files, left)
    }

    private static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }

    /// Before anything is written.
    private func checkWay(_ files: [ConfigurationSource], _ kept: KeptConfiguration) throws {
        for file in files {
            guard let there = try SmallFile.readAll(file.path), there != Array(file.text.utf8) else { continue }
            throw NightjarError(
                .exists, "\(file.path) is there already, and says something else",
                hint: "Move it away, or name another file for the configuration with --config.")
        }
        let id = try SmallFile.read("\(kept.stateDirectory)/appliance.id").map { String(decoding: $0, as: UTF8.self) }
        if let id = id?.filter({ !$0.isWhitespace }), !id.isEmpty, id != kept.appliance {
            throw NightjarError(
                .exists, "\(kept.stateDirectory) is the state of another appliance, \(id)",
                hint: "Move that folder away, where nothing in it is needed any more.")
        }
        // A folder of something else must not get files of ours, whoever has written the configuration that names it.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: kept.stateDirectory)) ?? []
        if id == nil, let other = names.first(where: { !Self.early.contains($0) }) {
            throw NightjarError(
                .exists,
                "\(kept.stateDirectory), the state directory of the configuration that was kept, is not empty: "
                    + "it has \(other)",
                hint: "Move what is in it away, or look whether that configuration is the one that you expect.")
        }
        if access("\(kept.stateDirectory)/catalog.db", F_OK) == 0 {
            throw NightjarError(
                .exists, "\(kept.stateDirectory)/catalog.db is there already",
                hint: "What the stores hold comes into it with: nightjar rebuild, without --from")
        }
    }

    private func write(_ file: ConfigurationSource) throws {
        let folder = Self.folder(of: file.path)
        var built = ""
        for component in folder.split(separator: "/") {
            built += "/\(component)"
            if mkdir(built, 0o755) == 0 { chmod(built, 0o755) }
        }
        try SmallFile.create(file.path, Array(file.text.utf8), mode: 0o640)
        if geteuid() == 0, let group = getgrnam("nightjar") { _ = chown(file.path, 0, group.pointee.gr_gid) }
    }

    // MARK: The catalog

    /// Of the store alone: for the others the configuration's secrets may be missing still. All of it is made beside its place,
    /// where a process that is killed leaves it for nobody.
    private func rebuildCatalog(_ kept: KeptConfiguration, _ state: StateDirectory) async throws
        -> CatalogRebuild.Outcome
    {
        let place = "\(state.path)/rebuild"
        try? FileManager.default.removeItem(atPath: place)
        let work = try StateDirectory(path: place)
        try SmallFile.create("\(place)/appliance.id", Array("\(kept.appliance)\n".utf8))
        var store = address
        store.name = kept.store
        let appliance = Appliance(
            Configuration(
                path: "", stateDirectory: place, scratchDirectory: place + "/scratch", stores: [store], databases: []),
            identities: identities)
        let catalog = try await appliance.openCatalog { _ in }
        let outcome: CatalogRebuild.Outcome
        do {
            outcome = try await CatalogRebuild(appliance: appliance, catalog: catalog, isTrusting: true).run()
            try await takeUp(catalog, work)
            await catalog.close()
            await appliance.stores.shutdown()
        } catch {
            await catalog.close()
            await appliance.stores.shutdown()
            try? FileManager.default.removeItem(atPath: place)
            throw error
        }
        for name in ["last-backup-id", "catalog.db-wal", "catalog.db"] {
            guard access("\(place)/\(name)", F_OK) == 0 else { continue }
            guard rename("\(place)/\(name)", "\(state.path)/\(name)") == 0 else {
                throw SmallFile.failure("write", "\(state.path)/\(name)")
            }
        }
        SmallFile.synchronize(folderOf: "\(state.path)/catalog.db")
        try? FileManager.default.removeItem(atPath: place)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: state.path)) ?? []
        PrivateFolder.giveToOwner(of: state.path, names.map { "\(state.path)/\($0)" })
        return outcome
    }

    /// The next backup is the next one of the schedule, and its id is later than all there are.
    private func takeUp(_ catalog: Catalog, _ work: StateDirectory) async throws {
        var newest: [String: BackupID] = [:]
        for backup in try await catalog.allBackups() {
            newest[backup.database] = max(newest[backup.database] ?? backup.id, backup.id)
        }
        for (name, id) in newest { try await catalog.setHandledSlot(id.time, of: name) }
        guard let last = newest.values.max() else { return }
        try SmallFile.create("\(work.path)/last-backup-id", Array("\(last)\n".utf8))
    }

    private func look(besides store: String) -> (otherStores: [String], missing: [String]) {
        do {
            let configuration = try Configuration.load(path: target, environment: environment)
            return (configuration.stores.map(\.name).filter { $0 != store }, [])
        } catch {
            return ([], error.complaints.map { "\($0)" })
        }
    }
}
