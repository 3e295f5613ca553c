import Foundation
import Glibc
import Model
import Pipeline
import SQLite
import Storage
import TestSupport
import Testing

@testable import Dump
@testable import Restore

@Suite("A drill", .timeLimit(.minutes(30)))
struct DrillTests {
    /// Runs `body` with a dump of a small database.
    private static func withDump(_ body: (ExportedDump, String) async throws -> Void) async throws {
        try await withTemporaryDirectory { path in
            let database = try Database(path: path + "/source.db", access: .create)
            try database.execute("CREATE TABLE t(a); INSERT INTO t VALUES (1), (2), (3)")
            try await body(try await ExportedDump(of: database.path, in: path, .zstd(level: 3)), path)
        }
    }

    /// - Parameters:
    ///   - script: `$1` is the copy.
    ///   - shell: bash where it has to have job control without a terminal.
    private static func drill(
        _ script: String, shell: String = "/bin/sh", timeout: Duration = .seconds(60)
    ) -> Drill {
        Drill(command: [shell, "-c", script, "drill"], timeout: timeout)
    }

    private static func verify(
        _ dump: ExportedDump, _ drill: Drill, _ level: VerificationLevel = .restore, in path: String
    ) async throws -> VerificationReport {
        let folder = path + "/work"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let report = try await Verification(
            store: dump.store, manifest: dump.manifest, level: level, workDirectory: folder, tool: "test",
            progress: nil, drill: drill
        ).run()
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
        return report
    }

    /// Runs a script without a database.
    private static func run(
        _ script: String, shell: String = "/bin/sh", timeout: Duration = .seconds(60),
        grace: Duration = .seconds(60), _ cancellation: Cancellation = Cancellation()
    ) async throws -> VerificationReport.DrillResult {
        try await withTemporaryDirectory { path in
            var run = DrillRun(
                drill: drill(script, shell: shell, timeout: timeout), database: "shop", backup: "dump_20260315-023000",
                file: path + "/copy.db", folder: path + "/drill")
            run.grace = grace
            let finished = run
            return try await DedicatedThread.run(cancellation: cancellation) { try finished.run(cancellation) }
        }
    }

    @Test("that is content leaves the backup proved, and its output is in the report")
    func passes() async throws {
        try await Self.withDump { dump, path in
            let script = """
                test "$1" = "$NIGHTJAR_DATABASE_FILE" && test "$(head -c 15 "$1")" = "SQLite format 3" || exit 1
                echo "looked at $NIGHTJAR_DATABASE, $NIGHTJAR_BACKUP"; echo "and found nothing" >&2
                """
            let report = try await Self.verify(dump, Self.drill(script), in: path)
            #expect(report.outcome == .proved)
            #expect(report.differences.map(\.message) == [])
            let drill = try #require(report.drill)
            #expect(drill.exitCode == 0)
            #expect(drill.signal == nil)
            #expect(drill.program == "/bin/sh")
            // An argument may be a secret.
            let kept = try JSONText.text(report)
            #expect(!kept.contains("NIGHTJAR_DATABASE_FILE"))
            #expect(drill.output == "looked at shop, dump_20260315-023000\nand found nothing\n")
            #expect(report.brief.contains { $0.contains("The drill /bin/sh ended with exit code 0") })
            #expect([report].html.contains("looked at shop"))
        }
    }

    @Test("that is not content makes the backup different", arguments: ["exit 3", "kill -KILL $$"])
    func fails(script: String) async throws {
        try await Self.withDump { dump, path in
            let report = try await Self.verify(dump, Self.drill("echo 2 orders are lost; " + script), in: path)
            #expect(report.outcome == .different)
            #expect(report.isOnlyDrill)
            #expect(report.summary == "NOT GOOD: its drill failed; rows, schema and bytes are as they were written")
            #expect(report.tables.allSatisfy { $0.matches })
            let message = try #require(report.differences.first?.message)
            let end = script == "exit 3" ? "ended with exit code 3" : "was ended by signal 9"
            #expect(message.hasPrefix("the drill /bin/sh \(end) after "))
            #expect(report.drill?.output == "2 orders are lost\n")
        }
    }

    @Test("may write to the copy, and leaves nothing of it or beside it")
    func writes() async throws {
        try await Self.withDump { dump, path in
            let script = "echo more >> \"$1\"; echo x > \"$1-wal\"; mkdir -p a/b; touch a/b/c; pwd"
            let report = try await Self.verify(dump, Self.drill(script), in: path)
            #expect(report.outcome == .proved)
            #expect(report.drill?.output.hasSuffix("/drill\n") == true)
        }
    }

    @Test("is not run at the level checksum, nor where something differs already")
    func isLeftOut() async throws {
        try await Self.withDump { dump, path in
            let checked = try await Self.verify(dump, Self.drill("exit 1"), .checksum, in: path)
            #expect(checked.outcome == .checked)
            #expect(checked.drill == nil)
            try dump.damage(at: dump.object.size / 2)
            let different = try await Self.verify(dump, Self.drill("exit 0"), in: path)
            #expect(different.outcome == .different)
            #expect(different.drill == nil)
            #expect(!different.isOnlyDrill)
            #expect(different.notes.contains { $0.hasPrefix("The drill was not run") })
        }
    }

    @Test("that cannot be run is an error of the configuration, and no difference")
    func cannotBeRun() async throws {
        try await Self.withDump { dump, path in
            // Nothing, a file that is no program, a folder, and no command at all.
            for command in [["/nonexistent/check"], ["/etc/passwd"], [path], []] {
                let drill = Drill(command: command, timeout: .seconds(60))
                let error = await #expect(throws: NightjarError.self) {
                    _ = try await Self.verify(dump, drill, in: path)
                }
                #expect(error?.code == .configuration, "\(command)")
                #expect(error?.message.contains(command.first ?? "verify.drill") == true, "\(command)")
            }
        }
    }

    @Test("gets no variable, no descriptor and no ignored signal of this process")
    func isAlone() async throws {
        let null = open("/dev/null", O_RDONLY | O_CLOEXEC)
        // Without O_CLOEXEC.
        let leaked = fcntl(null, F_DUPFD, 200)
        close(null)
        try #require(leaked >= 200)
        defer { close(leaked) }
        let drill = try await Self.run(
            """
            env | sed 's/=.*//' | sort | tr '\\n' ' '; echo
            cat /proc/self/fd/0 | wc -c
            for f in /proc/self/fd/*; do echo "fd ${f##*/}"; done
            grep -E '^Sig(Blk|Ign)' /proc/self/status | tr -d '\\t'
            test "$(cut -d' ' -f5 /proc/self/stat)" = "$$" && echo 'its own group'
            """)
        let lines = drill.output.split(separator: "\n").map { String($0) }
        #expect(drill.exitCode == 0, "\(lines)")
        let names = lines.first?.split(separator: " ").map { String($0) } ?? []
        let given: Set<String> = [
            "HOME", "LANG", "NIGHTJAR_BACKUP", "NIGHTJAR_DATABASE", "NIGHTJAR_DATABASE_FILE", "PATH", "TMPDIR",
        ]
        // The shell adds its own.
        #expect(Set(names).subtracting(["PWD", "OLDPWD", "SHLVL", "_"]) == given, "\(lines)")
        #expect(lines.dropFirst().first == "0", "\(lines)")
        #expect(!lines.contains("fd \(leaked)"), "\(lines)")
        let descriptors = lines.filter { $0.hasPrefix("fd ") }.compactMap { Int($0.dropFirst(3)) }
        #expect(descriptors.allSatisfy { $0 < 20 }, "\(lines)")
        #expect(lines.contains("SigBlk:0000000000000000"), "\(lines)")
        let ignored = lines.first { $0.hasPrefix("SigIgn:") }.flatMap { UInt64($0.dropFirst(7), radix: 16) }
        // Above 31 are the C library's own.
        #expect(ignored.map { $0 & 0x7FFF_FFFF } == 0, "\(lines)")
        #expect(lines.contains("its own group"), "\(lines)")
    }

    @Test("whose time is over is ended with all that it has started, and may be tried again", arguments: [false, true])
    func timesOut(isStubborn: Bool) async throws {
        try await withTemporaryDirectory { path in
            let trap = isStubborn ? "trap '' TERM; " : ""
            let script = "\(trap)sleep 1000 & echo $! > '\(path)/child'; wait; wait"
            let error = await #expect(throws: NightjarError.self) {
                _ = try await Self.run(
                    script, timeout: .seconds(2), grace: isStubborn ? .milliseconds(100) : .seconds(60))
            }
            #expect(error?.code == .busy)
            #expect(error?.isTransient == true)
            #expect(error?.message == "the drill of shop took longer than 2s and was ended")
            #expect(error?.hint?.contains("verify.drill.timeout") == true)
            let text = try String(contentsOfFile: path + "/child", encoding: .utf8)
            let child = try #require(pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)))
            while Self.isAlive(child) { await Task.yield() }
        }
    }

    @Test("whose time is over is no difference")
    func timeIsNoDifference() async throws {
        try await Self.withDump { dump, path in
            let error = await #expect(throws: NightjarError.self) {
                _ = try await Self.verify(dump, Self.drill("sleep 1000", timeout: .milliseconds(1)), in: path)
            }
            #expect(error?.code == .busy)
            let left = try FileManager.default.contentsOfDirectory(atPath: path + "/work")
            #expect(left == [])
        }
    }

    @Test("that has left something running is ended with it")
    func leavesChildren() async throws {
        let drill = try await Self.run("sleep 1000 & echo $!; exit 0")
        #expect(drill.exitCode == 0)
        #expect(drill.hasPassed)
        let child = try #require(drill.output.split(separator: "\n").first.flatMap { pid_t($0) })
        while Self.isAlive(child) { await Task.yield() }
    }

    @Test("that has left something running in another process group is ended with it", arguments: ["exit 0", "exit 3"])
    func leavesGroups(end: String) async throws {
        let script = """
            set -m; sleep 1000 & echo $!; sleep 1000 & echo $!
            test "$(cut -d' ' -f5 /proc/$!/stat)" != "$$" || exit 9
            \(end)
            """
        let drill = try await Self.run(script, shell: "/bin/bash")
        #expect(drill.exitCode == (end == "exit 0" ? 0 : 3))
        let children = drill.output.split(separator: "\n").compactMap { pid_t($0) }
        #expect(children.count == 2, "\(drill.output)")
        for child in children {
            while Self.isAlive(child) { await Task.yield() }
        }
    }

    @Test("whose end nobody knows has not passed")
    func isLost() throws {
        let process = try ChildProcess(["/bin/sh", "-c", "echo $$; exit 3"], environment: [], directory: "/")
        var output = DrillOutput()
        while !process.hasEnded { process.read(waiting: 20) { output.append($0) } }
        while process.read(waiting: 0, into: { output.append($0) }) {}
        let id = try #require(pid_t(output.text.trimmingCharacters(in: .whitespacesAndNewlines)))
        // As the kernel does it where SIGCHLD is ignored.
        #expect(waitpid(id, nil, 0) == id)
        #expect(process.hasEnded)
        #expect(throws: ChildProcess.Lost.self) { _ = try process.finish() }
    }

    @Test("is ended with whoever waits for it")
    func isCancelled() async throws {
        try await Self.withDump { dump, path in
            let mark = path + "/mark"
            try FileManager.default.createDirectory(atPath: mark, withIntermediateDirectories: true)
            let watch = try FolderWatch(mark)
            let drill = Self.drill("echo $$ > '\(mark)/new'; mv '\(mark)/new' '\(mark)/started'; sleep 1000")
            let work = Task { try await Self.verify(dump, drill, in: path) }
            try await watch.wait(until: "the drill has begun") {
                FileManager.default.fileExists(atPath: mark + "/started")
            }
            work.cancel()
            await #expect(throws: CancellationError.self) { _ = try await work.value }
            let text = try String(contentsOfFile: mark + "/started", encoding: .utf8)
            let process = try #require(pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)))
            #expect(!Self.isAlive(process))
        }
    }

    @Test("that says much is quoted with its first and its last words")
    func saysMuch() async throws {
        let drill = try await Self.run("echo first; head -c 300000 /dev/zero | tr '\\0' 'x'; echo; echo last")
        #expect(drill.exitCode == 0)
        #expect(drill.output.hasPrefix("first\nxxx"))
        #expect(drill.output.hasSuffix("xxx\nlast\n"))
        #expect(drill.output.contains("\n[234,476 bytes left out]\n"))
        #expect(drill.output.utf8.count < 2 * DrillOutput.kept + 100)
    }

    @Test("that says what is not UTF-8 is quoted all the same")
    func saysBytes() async throws {
        let drill = try await Self.run("printf 'a\\377\\000b'")
        #expect(drill.output == "a\u{FFFD}\0b")
    }

    /// Whether there is such a process that is no zombie: nobody may have waited for it.
    private static func isAlive(_ process: pid_t) -> Bool {
        guard let facts = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return false }
        return facts.split(separator: ")").last?.hasPrefix(" Z") == false
    }
}
