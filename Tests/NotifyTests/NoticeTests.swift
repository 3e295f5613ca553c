import Catalog
import Foundation
import Model
import Notify
import Testing

@Suite("What is said about an event") struct NoticeTests {
    private let at = NoticeSamples.at

    @Test("Safety first, then what happened, since when, and what to do")
    func failure() {
        #expect(
            NoticeSamples.failure.plainText == """
                shop: backup failed

                The last verified backup is 26 hours old.
                Cannot open /srv/shop.db: no such file.
                Backups have failed since 2026-03-14 02:30 UTC, for 24 hours.
                Check the path in the configuration.

                https://backups.example.org/runs/12
                Nightjar on db1, 2026-03-15 02:30 UTC
                """)
    }

    @Test("A failure that has only just begun has no since")
    func begun() {
        let facts = EventFacts(lastBackup: nil, failingSince: at)
        let notice = NoticeSamples.notice(NoticeSamples.event(.backupFailed), facts)
        #expect(notice.since == nil)
        #expect(notice.safety == "There is no backup at all.")
        #expect(notice.advice == "Find out why: nightjar doctor. Then try again: nightjar backup shop")
    }

    @Test("Where nothing is proved, it says so, and how old the newest backup is")
    func unproved() {
        let facts = EventFacts(lastBackup: BackupID(time: Timestamp(seconds: at.seconds - 3 * 3600)))
        let notice = NoticeSamples.notice(NoticeSamples.event(.backupOverdue), facts)
        #expect(
            notice.safety
                == "There is no verified backup. The newest one that is not verified is 3 hours old.")
    }

    @Test("A backup that is proved itself needs no age, and one that differs is not to be relied on")
    func itself() {
        let proved = EventFacts(lastProved: NoticeSamples.backup, lastProvedAt: at, lastBackup: NoticeSamples.backup)
        let good = NoticeSamples.event(.backupCompleted, "dump_20260315-023000: Proved", backup: NoticeSamples.backup)
        #expect(NoticeSamples.notice(good, proved).safety == "This backup is verified.")
        let facts = EventFacts(
            lastProved: NoticeSamples.dayOld, lastProvedAt: at, lastBackup: NoticeSamples.backup, isFrozen: true)
        let bad = NoticeSamples.event(.backupFailed, "2 differences", backup: NoticeSamples.backup)
        #expect(
            NoticeSamples.notice(bad, facts).safety
                == "Do not rely on dump_20260315-023000. The last verified backup is 26 hours old. "
                + "Nothing is deleted until somebody has looked.")
    }

    @Test("A shrunken backup is not called safe, and the way out is named")
    func shrunk() {
        let facts = EventFacts(
            lastProved: NoticeSamples.backup, lastProvedAt: at, lastBackup: NoticeSamples.backup, isFrozen: true)
        let notice = NoticeSamples.notice(NoticeSamples.event(.backupShrunk, backup: NoticeSamples.backup), facts)
        #expect(notice.safety?.contains("what is missing is missing there too") == true)
        #expect(notice.advice?.hasSuffix("nightjar accept shop") == true)
    }

    @Test("Each problem says what it means and what to do, and every kind has a title", arguments: EventKind.allCases)
    func kinds(kind: EventKind) {
        let facts = EventFacts(lastProved: NoticeSamples.dayOld, lastProvedAt: NoticeSamples.dayOld.time)
        let notice = NoticeSamples.notice(NoticeSamples.event(kind), facts)
        #expect(notice.title.hasPrefix("shop: "))
        #expect(!notice.title.contains("\n"))
        if kind.meaning == .problem {
            #expect(notice.safety != nil)
            #expect(notice.advice != nil)
        }
        let general = NoticeSamples.notice(NoticeSamples.event(kind, of: nil))
        #expect(general.title.hasPrefix("Nightjar on db1: "))
    }

    @Test("Where no database is concerned, the machine is named")
    func appliance() {
        let event = NoticeSamples.event(.storeUnreachable, of: nil, "the store r2 does not answer")
        let notice = NoticeSamples.notice(event)
        #expect(notice.title == "Nightjar on db1: a store cannot be reached")
        #expect(
            notice.sentences == [
                "While it is away, no backup gets into it.", "The store r2 does not answer.",
                "Check the network, the store's address and its keys: nightjar doctor",
            ])
        #expect(notice.link == "https://backups.example.org/")
    }

    @Test("Names at the beginning stay as they are written")
    func names() {
        let named = NoticeSamples.notice(NoticeSamples.event(.databaseAdded, "shop is configured"))
        #expect(named.sentences == ["shop is configured."])
        let dump = NoticeSamples.notice(NoticeSamples.event(.retentionDeleted, "dump_20260315-023000 deleted!"))
        #expect(dump.sentences == ["dump_20260315-023000 deleted!"])
    }

    @Test("The link leads to where most can be seen and done")
    func links() {
        func link(_ kind: EventKind, publicURL: String = "https://backups.example.org") -> String? {
            let event = NoticeSamples.event(kind, run: 3, backup: NoticeSamples.backup, verification: 4)
            return NoticeSamples.notice(event, publicURL: publicURL).link
        }
        #expect(link(.backupFailed) == "https://backups.example.org/runs/3")
        #expect(link(.verificationFailed) == "https://backups.example.org/verifications/4")
        #expect(link(.retentionFrozen) == "https://backups.example.org/databases/shop")
        #expect(link(.notifyTest, publicURL: "http://[::1]:8630/") == "http://[::1]:8630/notifications")
        #expect(link(.backupFailed, publicURL: "") == nil)
        let backup = NoticeSamples.event(.backupCompleted, backup: NoticeSamples.backup)
        #expect(NoticeSamples.notice(backup).link == "https://backups.example.org/backups/dump_20260315-023000")
        let odd = NoticeSamples.event(.backupOverdue, of: "a/../b")
        #expect(NoticeSamples.notice(odd).link == "https://backups.example.org/")
    }

    @Test("Line ends, controls and endless texts do not get into a message")
    func hostile() {
        let text = "first\nsecond\u{1B}[31m\u{7} \u{202E}drow\u{2028}" + String(repeating: "é", count: 5000)
        let notice = NoticeSamples.notice(NoticeSamples.event(.backupFailed, text, hint: "a\r\nb"))
        #expect(notice.text.hasPrefix("first second\u{FFFD}[31m\u{FFFD} \u{FFFD}drow é"))
        #expect(notice.text.hasSuffix("…"))
        #expect(notice.text.utf8.count <= 1500)
        #expect(notice.advice == "a b")
        #expect(NoticeSamples.notice(NoticeSamples.event(.backupFailed, of: "a\nb")).title == "a b: backup failed")
    }

    @Test("The outbox gives back what was put in, and says when it cannot")
    func json() throws {
        for notice in [NoticeSamples.failure, NoticeSamples.digest([NoticeSamples.failure], lines: ["a"])] {
            let read = try Notice(json: notice.json)
            #expect(read == notice)
            #expect(read.json == notice.json)
        }
        let error = #expect(throws: NightjarError.self) { _ = try Notice(json: "{}") }
        #expect(error?.hint?.contains("nightjar notify drop") == true)
    }

    @Test("The beginning and the end of a run have one key, and another appliance has another one")
    func runKeys() {
        let begin = NoticeSamples.notice(NoticeSamples.event(.backupStarted, run: 12)).runKey
        #expect(begin == NoticeSamples.failure.runKey)
        #expect(begin == DeduplicationKey.key(of: 12, applianceID: NoticeSamples.appliance))
        #expect(begin != DeduplicationKey.key(of: 13, applianceID: NoticeSamples.appliance))
        #expect(begin != DeduplicationKey.key(of: 12, applianceID: "other"))
        #expect(NoticeSamples.notice(NoticeSamples.event(.verificationFailed, run: 12)).runKey == nil)
        #expect(NoticeSamples.notice(NoticeSamples.event(.backupOverdue)).runKey == nil)
    }

    @Test("Keys are UUIDs as RFC 9562, appendix B.2, makes them")
    func uuid() throws {
        let namespace = try #require(Hex.decode("6ba7b8109dad11d180b400c04fd430c8"))
        #expect(
            DeduplicationKey.uuid(of: namespace + Array("www.example.com".utf8))
                == "5c146b14-3c52-8afd-938a-375d0df1fbf6")
    }
}
