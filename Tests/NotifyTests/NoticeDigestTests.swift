import Model
import Notify
import Testing

@Suite("One message for all good news") struct NoticeDigestTests {
    private func held(_ kinds: [(EventKind, String?)]) -> [Notice] {
        kinds.map { NoticeSamples.notice(NoticeSamples.event($0.0, of: $0.1, "all went well")) }
    }

    @Test("First how all databases are, then what happened how often")
    func words() {
        let digest = NoticeSamples.digest(
            held([
                (.backupCompleted, "shop"), (.verificationCompleted, "shop"), (.backupCompleted, "crm"),
                (.backupCompleted, "shop"), (.applianceStarted, nil),
            ]), lines: ["crm is protected", "shop is protected"])
        #expect(
            digest.plainText == """
                Nightjar on db1: All 3 databases are protected

                Oldest verified restore: 9 hours ago.

                How the databases are:
                • crm is protected
                • shop is protected

                What happened:
                • Backup completed 3 times: crm, shop.
                • Backup verified: shop.
                • Nightjar started.

                https://backups.example.org/
                Nightjar on db1, 2026-03-15 02:30 UTC
                """)
        #expect(digest.meaning == .good)
        #expect(digest.kind == .backupCompleted)
        #expect(digest.digestCount == 5)
    }

    @Test("Where something has to be done, the digest is a problem, and says what")
    func problem() {
        let digest = NoticeSamples.digest([], isProtected: false)
        #expect(digest.title == "Nightjar on db1: crm is overdue")
        #expect(digest.meaning == .problem)
        #expect(digest.advice == "no backup came of 3 scheduled times")
        #expect(digest.safety == nil)
        #expect(digest.kind == .backupCompleted)
        #expect(digest.happened == ["Nothing new."])
    }

    @Test("Many events are counted, and only the newest stand in it one by one")
    func many() {
        let databases = (10..<30).map { "db\($0)" }
        let digest = NoticeSamples.digest(
            held((0..<200).map { (.backupCompleted, databases[$0 % 20]) }), count: 1200,
            lines: (0..<90).map { "database \($0)" })
        #expect(digest.digest?.count == DigestWriter.entries)
        #expect(digest.digestCount == 1200)
        #expect(digest.standing?.count == 51)
        #expect(digest.standing?.last == "and 40 more")
        #expect(
            digest.happened == [
                "Backup completed 200 times: db10, db11, db12, db13, db14, db15, db16, db17 and 12 more.",
                "1,000 earlier events not counted above.",
            ])
        #expect(digest.json.utf8.count < 40_000)
    }
}
