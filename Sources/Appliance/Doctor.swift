import Dump
import Glibc
import Model
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
    /// Whom to work as; nil means the service's user where root asks.
    package let user: String?

    package init(appliance: Appliance, user: String?) {
        self.appliance = appliance
        self.user = user
    }

    package func examine() async throws -> [Finding] {
        var findings = [configurationFile()]
        let name = try ServiceUser.become(user)
        findings.append(good("user", "everything below was tried as \(name)"))
        findings.append(clock())
        let applianceID = attempt("state directory", appliance.configuration.stateDirectory, &findings) {
            try StateDirectory(path: appliance.configuration.stateDirectory).applianceID()
        }
        var needed: Int64 = 0
        for database in appliance.configuration.databases {
            let size = source(database, &findings)
            needed = max(needed, size)
        }
        scratch(needed: needed, &findings)
        for store in appliance.configuration.stores {
            await examine(store, applianceID, &findings)
        }
        return findings
    }

    // MARK: The machine

    private func configurationFile() -> Finding {
        var facts = stat()
        let path = appliance.configuration.path
        let isOpen = stat(path, &facts) == 0 && facts.st_mode & 0o007 != 0
        guard isOpen, hasSecrets else { return good("configuration", "\(path) is valid") }
        return Finding(
            kind: .warning, subject: "configuration", message: "\(path) can be read by everybody on this machine",
            hint: "chmod 640 '\(path)'", code: .configuration)
    }

    private var hasSecrets: Bool {
        appliance.configuration.stores.contains { store in
            if case .s3 = store.kind { true } else { false }
        }
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

    private func scratch(needed: Int64, _ findings: inout [Finding]) {
        let path = appliance.configuration.scratchDirectory
        let made = attempt("scratch directory", path, &findings) { try WorkDirectory(in: path).path }
        guard made != nil, let free = FreeSpace.available(for: path + "/x") else { return }
        // A restored copy and its sorted indexes; the snapshot has gone by then.
        let wanted = needed + needed / 4
        let message = "\(SizeText.format(free)) free, the largest database wants \(SizeText.format(wanted))"
        findings.append(
            free >= wanted
                ? good("scratch space", message)
                : Finding(
                    kind: .problem, subject: "scratch space", message: message,
                    hint: "Point scratch_dir to a larger disk, or free space on \(path).", code: .io))
    }

    // MARK: Databases

    private func source(_ database: DatabaseSettings, _ findings: inout [Finding]) -> Int64 {
        let subject = "database \(database.name)"
        do {
            let probe = try SourceProbe(path: database.sqlitePath, busyTimeout: database.busyTimeout)
            if probe.isWAL == false && database.snapshot == .transaction {
                findings.append(
                    Finding(
                        kind: .problem, subject: subject, message: "`snapshot: transaction` wants a WAL database",
                        hint: "Set `snapshot: copy`.", code: .configuration))
            }
            findings.append(good(subject, "\(database.sqlitePath): \(probe.description)"))
            return probe.bytes
        } catch {
            findings.append(problem(subject, error))
            return 0
        }
    }

    // MARK: Stores

    private func examine(_ settings: StoreSettings, _ applianceID: String?, _ findings: inout [Finding]) async {
        let subject = "store \(settings.name)"
        do {
            let store = try appliance.stores.store(named: settings.name)
            if let applianceID { try await Ownership(store: store, applianceID: applianceID).claim(now: .now) }
            let key = "doctor-\(UInt64.random(in: 0 ... .max))"
            let probe = Part(bytes: Array("written by nightjar doctor".utf8))
            _ = try await store.create(key, probe)
            let read = try await store.get(key, range: nil).collect(limit: 1024)
            try await store.delete(key)
            guard read == probe.bytes else {
                throw NightjarError(.io, "\(store.location) gave back other bytes than were written")
            }
            findings.append(good(subject, "\(store.location): written, read and deleted"))
        } catch {
            findings.append(problem(subject, error))
        }
    }

    // MARK: Findings

    private func good(_ subject: String, _ message: String) -> Finding {
        Finding(kind: .good, subject: subject, message: message, hint: nil, code: .internal)
    }

    private func problem(_ subject: String, _ error: any Error) -> Finding {
        let failure = error as? any Failure
        return Finding(
            kind: .problem, subject: subject, message: failure?.message ?? "\(error)", hint: failure?.hint,
            code: failure?.code ?? .internal)
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
