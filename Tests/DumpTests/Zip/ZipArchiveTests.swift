import Foundation
import Model
import TestSupport
import Testing

@testable import Restore

@Suite("An archive is what other programs take for one", .timeLimit(.minutes(30)))
struct ZipArchiveTests {
    enum Sample: String, CaseIterable, Sendable {
        case single, withoutBytes, unicode, large, longName, many

        var contents: [MadeArchive.Content] {
            switch self {
            case .single: [.init("customers.csv", "id,name\r\n1,x\r\n")]
            case .withoutBytes: [.init("a", ""), .init("b", ""), .init("c", "")]
            case .unicode:
                [.init("größe.csv", "1\r\n"), .init("日本語/表 1.csv", ""), .init("🦉", "x"), .init("e\u{301}", "y")]
            case .large:
                [
                    .init("all bytes", Array(0...255)), .init("many", Array(repeating: 0x41, count: 300_000)),
                    .init("%2Ex~1", ""),
                ]
            case .longName: [.init(String(repeating: "n", count: 200) + ".csv", "x")]
            case .many: MadeArchive.contents(count: 200, seed: 3)
            }
        }
    }

    @Test("unzip and Python read what was put in", arguments: Sample.allCases)
    func readByOthers(_ sample: Sample) async throws {
        try await withTemporaryDirectory { path in
            let made = try MadeArchive(sample.contents)
            #expect(Int64(made.whole.count) == made.archive.size)
            try made.write(to: path + "/a.zip")
            let test = try await ZipPrograms.unzipTest(path + "/a.zip")
            #expect(test.exitCode == 0, "\(test)")
            let listed = try await ZipPrograms.python(path + "/a.zip", readsAll: true)
            #expect(listed == ZipPrograms.listing(of: made))
        }
    }

    @Test("an archive of no entries as well")
    func empty() async throws {
        try await withTemporaryDirectory { path in
            let made = try MadeArchive([])
            #expect(made.archive.size == 22)
            try made.write(to: path + "/a.zip")
            #expect(try await ZipPrograms.python(path + "/a.zip", readsAll: true) == [])
            let test = try await ZipPrograms.unzipTest(path + "/a.zip")
            // So it ends with a warning.
            #expect(test.exitCode == 1 && test.mentions("zipfile is empty"), "\(test)")
        }
    }

    @Test("and what they unpack are plain files that were changed at that second")
    func unpacked() async throws {
        try await withTemporaryDirectory { path in
            let made = try MadeArchive(Sample.unicode.contents)
            try made.write(to: path + "/a.zip")
            let outcome = try await Command.run(
                ["unzip", "-q", path + "/a.zip", "-d", path + "/there"], environment: ["TZ": "America/New_York"])
            #expect(outcome.exitCode == 0, "\(outcome)")
            for content in made.contents {
                let file = "\(path)/there/\(content.name)"
                let status = try #require(FileStatus(file), "\(content.name)")
                #expect(status.modified.first == Int(MadeArchive.modified.seconds))
                #expect(status.mode & 0o111 == 0 && status.mode & 0o600 == 0o600)
                #expect(try Array(Data(contentsOf: URL(fileURLWithPath: file))) == content.text)
            }
        }
    }

    @Test(
        "Times that MS-DOS or 32 bits do not know are the nearest that they do",
        arguments: [
            (-99_999_999_999, "1980-01-01T00:00:00"), (0, "1980-01-01T00:00:00"),
            (315_532_799, "1980-01-01T00:00:00"), (315_532_801, "1980-01-01T00:00:00"),
            (2_147_483_647, "2038-01-19T03:14:06"), (2_147_483_648, "2038-01-19T03:14:08"),
            (4_354_819_199, "2107-12-31T23:59:58"), (4_354_819_200, "2107-12-31T23:59:58"),
            (99_999_999_999, "2107-12-31T23:59:58"),
        ] as [(Int64, String)])
    func times(_ seconds: Int64, _ expected: String) async throws {
        try await withTemporaryDirectory { path in
            let made = try MadeArchive([.init("a", "x")], modified: Timestamp(seconds: seconds))
            try made.write(to: path + "/a.zip")
            #expect(try await ZipPrograms.python(path + "/a.zip", readsAll: true).map(\.modified) == [expected])
            let test = try await ZipPrograms.unzipTest(path + "/a.zip")
            #expect(test.exitCode == 0, "\(test)")
        }
    }

    @Test("Names that lead elsewhere, or are too long, are refused")
    func names() throws {
        let longest = String(repeating: "n", count: 65_535)
        for name in ["", "/a", "a/", "a//b", "../a", "a/../b", ".", "./a", "a\\b", "a\0b", longest + "n"] {
            let error = #expect(throws: NightjarError.self) {
                _ = try ZipArchive([.init(name: name, size: 0, crc32: 0)], modified: MadeArchive.modified)
            }
            #expect(error?.code == .usage)
        }
        for name in [longest, "...", "a/.b", "..a", "a: b"] {
            let made = try MadeArchive([.init(name, "x"), .init("b", "y")])
            #expect(Int64(made.whole.count) == made.archive.size)
        }
    }

    @Test("Sizes that nobody can count are refused")
    func sizes() throws {
        for sizes in [[-1], [Int64.max], [1 << 62, 1 << 62], [Int64.max / 2, 1]] as [[Int64]] {
            let error = #expect(throws: NightjarError.self) {
                _ = try ZipArchive(
                    sizes.map { .init(name: "a", size: $0, crc32: 0) }, modified: MadeArchive.modified)
            }
            #expect(error?.code == .usage)
        }
    }
}
