import Foundation
import Glibc
import TestSupport

/// One way in which an application's user and the service's may share a source.
struct AccessCase: Sendable, CustomStringConvertible {
    enum Journal: String, Sendable, CaseIterable {
        case wal, delete
    }

    /// What the application does when the backup begins.
    enum Application: String, Sendable, CaseIterable {
        /// It has written and ended properly.
        case stopped
        /// It has the database open, and goes on writing afterwards.
        case running
        /// It was killed after it had written.
        case killed
    }

    struct Folder: Sendable {
        let name: String
        let mode: mode_t
    }

    let folder: Folder
    let fileMode: mode_t
    let isMember: Bool
    let journal: Journal
    let application: Application

    var description: String {
        let membership = isMember ? "a shared group" : "no shared group"
        let mode = String(fileMode, radix: 8)
        return "\(folder.name), file \(mode), \(membership), \(journal.rawValue), application \(application.rawValue)"
    }

    static let folders: [Folder] = [
        Folder(name: "0700, the owner alone", mode: 0o700), Folder(name: "0755, the owner's", mode: 0o755),
        Folder(name: "0775, the group's without setgid", mode: 0o775),
        Folder(name: "2770, the group's with setgid", mode: 0o2770),
        Folder(name: "0777, everybody's", mode: 0o777), Folder(name: "1777, sticky", mode: 0o1777),
    ]

    static let all: [AccessCase] = {
        var cases: [AccessCase] = []
        for folder in folders {
            for fileMode in [mode_t(0o644), mode_t(0o660)] {
                for isMember in [false, true] {
                    for (journal, application) in states {
                        cases.append(
                            AccessCase(
                                folder: folder, fileMode: fileMode, isMember: isMember, journal: journal,
                                application: application))
                    }
                }
            }
        }
        return cases
    }()

    static let ofStrangers: [AccessCase] = all.filter { !$0.isMember }

    private static let states: [(Journal, Application)] = [
        (.wal, .stopped), (.wal, .running), (.wal, .killed), (.delete, .stopped), (.delete, .running),
    ]

    /// The one case that the documentation recommends.
    var mustSucceed: Bool { folder.mode == 0o2770 && fileMode == 0o660 && isMember }
}

/// The application, played by the sqlite3 shell under a user of its own.
struct PlayedApplication {
    let user: TestUser
    let source: String
    /// A folder that everybody may write to, for signs between the test and the shell.
    let signs: String

    /// Makes the source as the application would.
    func create(_ journal: AccessCase.Journal) async throws {
        try await run(
            """
            PRAGMA journal_mode = \(journal.rawValue);
            CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT);
            INSERT INTO t(a) VALUES ('one'), ('two');
            """)
    }

    /// Writes one row; throws where the application cannot.
    func write() async throws {
        try await run("INSERT INTO t(a) VALUES ('more'); SELECT count(*) FROM t;")
    }

    /// Writes and is killed without closing its connection.
    func writeAndDie() async throws {
        let script = signs + "/dying.sql"
        try Data("INSERT INTO t(a) VALUES ('last words');\n.shell kill -9 $PPID\n".utf8)
            .write(to: URL(fileURLWithPath: script))
        let outcome = try await Shell.sqlite3(source, script: script, asUser: user)
        guard outcome.exitCode == 137 else { throw CommandError("\(outcome)") }
    }

    /// Opens the database, writes, and keeps its connection until it is told to write once more and to end.
    func startAndWait() async throws -> RunningCommand {
        let script = signs + "/running.sql"
        let goOn = signs + "/go-on"
        guard mkfifo(goOn, 0o666) == 0, chmod(goOn, 0o666) == 0 else { throw CommandError("mkfifo \(goOn)") }
        let watch = try FolderWatch(signs)
        let waiting = "touch '\(signs)/ready'; head -c 1 '\(goOn)' > /dev/null"
        try Data(
            """
            INSERT INTO t(a) VALUES ('begun');
            .shell \(waiting)
            INSERT INTO t(a) VALUES ('ended');

            """.utf8
        ).write(to: URL(fileURLWithPath: script))
        let command = try RunningCommand.start(
            ["/usr/bin/env"] + user.prefix + ["sqlite3", "-bail", source], environment: Command.basicEnvironment,
            input: script)
        try await watch.wait(until: "the application runs") { Workbench.exists(signs + "/ready") }
        return command
    }

    /// Lets the waiting application write once more and end; throws where it cannot.
    func goOn(_ command: RunningCommand) async throws {
        // For reading too, so that opening waits for nobody.
        let pipe = open(signs + "/go-on", O_RDWR)
        defer { close(pipe) }
        guard Glibc.write(pipe, "!", 1) == 1 else { throw CommandError("write \(signs)/go-on") }
        let outcome = await command.finish()
        guard outcome.exitCode == 0, outcome.standardError.isEmpty else { throw CommandError("\(outcome)") }
    }

    private func run(_ sql: String) async throws {
        let outcome = try await Shell.sqlite3(source, sql, asUser: user)
        guard outcome.exitCode == 0, outcome.standardError.isEmpty else { throw CommandError("\(outcome)") }
    }
}
