import Dump
import Glibc
import Model
import Notify
import Pipeline
import Restore
import Settings
import Storage

/// Tries everything that backups need, without making one.
package struct Doctor: Sendable {
    /// One thing that was tried.
    package struct Finding: Sendable, Encodable {
        package enum Kind: String, Sendable, Encodable {
            case good, warning, problem
        }

        package var kind: Kind
        /// `database shop`, `store r2`, …
        package var subject: String
        package var message: String
        package var hint: String?
        /// Which exit code a problem asks for.
        package var code: FailureCode
    }

    package let appliance: Appliance
    /// Whom everything is tried as; the configuration has been read as that user already.
    package let user: ServiceUser
    let resolver: any HostResolver

    /// - Parameter resolver: finds the addresses of the channels' hosts.
    package init(appliance: Appliance, user: ServiceUser, resolver: any HostResolver = SystemResolver()) {
        self.appliance = appliance
        self.user = user
        self.resolver = resolver
    }

    /// - Throws: Only where the task was cancelled.
    package func examine() async throws -> [Finding] {
        var findings = [configurationFile(), good("user", "everything was tried as \(user.name)"), clock()]
        let applianceID = attempt("state directory", appliance.configuration.stateDirectory, &findings) {
            try StateDirectory(path: appliance.configuration.stateDirectory).applianceID()
        }
        var needed: Int64 = 0
        var untold: [String] = []
        for database in appliance.configuration.databases {
            if let size = try await source(database, &findings) {
                needed = max(needed, size)
            } else {
                untold.append(database.name)
            }
        }
        scratch(needed: needed, untold: untold, &findings)
        for store in appliance.configuration.stores {
            try await examine(store, applianceID, &findings)
        }
        for channel in appliance.configuration.notify {
            findings.append(try await examine(channel))
        }
        return findings
    }

    /// What to say of a configuration that could not be read as `user`.
    package static func explain(
        _ error: ConfigurationError, path: String, user: ServiceUser
    ) -> NightjarError {
        guard user.isAnother else {
            return NightjarError(.configuration, error.message, hint: error.hint, cause: error)
        }
        var facts = stat()
        if access(path, R_OK) != 0 && errno == EACCES {
            let group = getgrgid(getegid()).map { String(cString: $0.pointee.gr_name) } ?? String(getegid())
            let file = ShellText.quote(path)
            return NightjarError(
                .configuration, "\(path) cannot be read by the user \(user.name), whom the service works as",
                hint: stat(path, &facts) == 0
                    ? "chgrp \(group) \(file) && chmod 640 \(file)"
                    : "Its directory has to let that user in: chmod a+x on the directories above \(file)",
                cause: error)
        }
        let hint =
            "This was read as the user \(user.name), whom the service works as: what the configuration refers to has to "
            + "be readable for that user."
        return NightjarError(
            .configuration, error.message, hint: error.hint.map { "\($0)\n\(hint)" } ?? hint, cause: error)
    }

    // MARK: The machine

    private func configurationFile() -> Finding {
        var facts = stat()
        let path = appliance.configuration.path
        let isOpen = stat(path, &facts) == 0 && facts.st_mode & 0o007 != 0
        guard isOpen, hasSecrets else { return good("configuration", "\(path) is valid") }
        return Finding(
            kind: .warning, subject: "configuration", message: "\(path) can be read by everybody on this machine",
            hint: "chmod 640 \(ShellText.quote(path))", code: .configuration)
    }

    private var hasSecrets: Bool {
        !appliance.configuration.notify.isEmpty
            || appliance.configuration.stores.contains { store in
                if case .s3 = store.kind { true } else { false }
            }
            || appliance.configuration.databases.contains { $0.remote?.token != nil }
    }

    private func clock() -> Finding {
        let now = Timestamp.now
        // The year of this program: a machine without a clock starts in 1970.
        guard now.fields.year >= 2026 else {
            return Finding(
                kind: .problem, subject: "clock", message: "it says \(now.text); backups are named after it",
                hint: "timedatectl set-ntp true", code: .io)
        }
        return good("clock", now.text)
    }

    /// - Parameter untold: Databases of which nobody knows how large they are.
    private func scratch(needed: Int64, untold: [String], _ findings: inout [Finding]) {
        let path = appliance.configuration.scratchDirectory
        let made = attempt("scratch directory", path, &findings) { try WorkDirectory(in: path).path }
        guard made != nil, let free = FreeSpace.available(for: path + "/x") else { return }
        // A restored copy and its sorted indexes; the snapshot has gone by then.
        let wanted = needed + needed / 4
        var message = "\(SizeText.format(free)) free"
        if needed > 0 || untold.isEmpty { message += ", the largest database wants \(SizeText.format(wanted))" }
        if !untold.isEmpty {
            let names = untold.joined(separator: ", ")
            message += "; not counted: \(names), whose size nobody tells (a backup wants two and a half times that)"
        }
        findings.append(
            free >= wanted
                ? good("scratch space", message)
                : Finding(
                    kind: .problem, subject: "scratch space", message: message,
                    hint: "Point scratch_dir to a larger disk, or free space on \(path).", code: .io))
    }

    // MARK: Databases

    /// - Returns: Bytes that a backup of it needs in the scratch directory, a quarter aside; 0 where it could not be opened,
    ///   nil where nobody tells.
    private func source(_ database: DatabaseSettings, _ findings: inout [Finding]) async throws -> Int64? {
        switch database.source {
        case .sqlite(let path): try await file(path, of: database, &findings)
        case .remote(let settings): try await examine(settings, of: database, &findings)
        }
    }

    private func file(
        _ path: String, of database: DatabaseSettings, _ findings: inout [Finding]
    ) async throws -> Int64 {
        let subject = "database \(database.name)"
        do {
            let probe = try await DedicatedThread.run(cancellation: Cancellation()) {
                try SourceProbe(path: path, busyTimeout: database.busyTimeout)
            }
            if probe.isWAL == false && database.snapshot == .transaction {
                findings.append(
                    Finding(
                        kind: .problem, subject: subject, message: "`snapshot: transaction` wants a WAL database",
                        hint: "Set `snapshot: copy`.", code: .configuration))
            }
            findings.append(good(subject, "\(path): \(probe.description)"))
            return probe.bytes
        } catch {
            try Task.checkCancellation()
            findings.append(problem(subject, error))
            return 0
        }
    }

    // MARK: Stores

    private func examine(_ settings: StoreSettings, _ applianceID: String?, _ findings: inout [Finding]) async throws {
        let subject = "store \(settings.name)"
        do {
            let store = try appliance.stores.store(named: settings.name)
            if let applianceID {
                let claims = StateDirectory.claimedStores(in: appliance.configuration.stateDirectory)
                try await Ownership(store: store, applianceID: applianceID, claims: claims).check()
            }
            try await tryOut(store)
            findings.append(good(subject, "\(store.location): written, read and deleted"))
        } catch {
            try Task.checkCancellation()
            findings.append(problem(subject, error))
        }
    }

    /// Writes, reads and deletes a small object.
    private func tryOut(_ store: any ObjectStore) async throws {
        let key = "doctor-\(UInt64.random(in: 0 ... .max))"
        let probe = Part(bytes: Array("written by nightjar doctor".utf8))
        _ = try await store.create(key, probe)
        let read: [UInt8]
        do {
            read = try await store.get(key, range: nil).collect(limit: 1024)
        } catch {
            // The reason for this failure is worth more than that of the next.
            _ = await Self.remove(key, from: store)
            throw error
        }
        try await Self.remove(key, from: store).get()
        guard read == probe.bytes else {
            throw NightjarError(.io, "\(store.location) gave back other bytes than were written")
        }
    }

    /// Works in a cancelled task too.
    private static func remove(_ key: String, from store: any ObjectStore) async -> Result<Void, any Error> {
        await Task { try await store.delete(key) }.result
    }

    // MARK: Findings

    func good(_ subject: String, _ message: String) -> Finding {
        Finding(kind: .good, subject: subject, message: message, hint: nil, code: .internal)
    }

    func problem(_ subject: String, _ error: any Error) -> Finding {
        let failure = error as? any Failure
        return Finding(
            kind: .problem, subject: subject, message: failure?.message ?? "\(error)", hint: failure?.hint,
            code: failure?.code ?? .internal)
    }

    /// What to say of certificate authorities that the service's user cannot read; nil where it can.
    func unreadable(caFile file: String, _ subject: String) -> Finding? {
        guard access(file, R_OK) != 0 else { return nil }
        return problem(
            subject,
            NightjarError(
                .configuration, "ca_file \(file) cannot be read: \(String(cString: strerror(errno)))",
                hint: "It has to be readable for the user \(user.name), whom the service works as."))
    }

    private func attempt<Value>(
        _ subject: String, _ message: String, _ findings: inout [Finding], _ body: () throws -> Value
    ) -> Value? {
        do {
            let value = try body()
            findings.append(good(subject, message))
            return value
        } catch {
            findings.append(problem(subject, error))
            return nil
        }
    }
}
