import Catalog
import Model
import Settings
import Testing

@testable import Appliance

@Suite("A proof that could not be made")
struct ProofTroubleTests {
    private let now = Timestamp(seconds: 1_770_000_000)

    private func key(_ number: Int64) -> ProofRoutine.Key {
        .init(backup: BackupID(time: Timestamp(seconds: now.seconds + number)), database: "shop", store: "disk")
    }

    private let month: Int64 = 30 * 86_400

    private func failure(_ code: FailureCode) -> RunFailure {
        RunFailure(code: code, message: "no luck (\(code.rawValue))")
    }

    @Test("lets its database rest where all may share the cause, and itself longer, so that others have their turn")
    func shared() {
        var routine = ProofRoutine()
        #expect(routine.failed(key(1), failure(.io), fraction: 0, againEvery: month, at: now) == 1)
        let database = routine.rest(of: key(2), at: now)
        let own = routine.rest(of: key(1), at: now)
        #expect(database == Timestamp(seconds: now.seconds + 60))
        #expect(own == Timestamp(seconds: now.seconds + 120))
        // Of another backup, but people were told.
        #expect(routine.failed(key(2), failure(.io), fraction: 0, againEvery: month, at: now) == 2)
        #expect(routine.obstacle(of: "shop") == "no luck (io)")
        #expect(routine.obstacle(of: "blog") == nil)
        routine.ended(key(3))
        #expect(routine.rest(of: key(3), at: now) == nil, "one success frees the database")
        #expect(routine.rest(of: key(1), at: now) == own)
    }

    @Test("rests alone where the cause is its own")
    func own() {
        var routine = ProofRoutine()
        #expect(routine.failed(key(1), failure(.missing), fraction: 0, againEvery: month, at: now) == 1)
        #expect(routine.rest(of: key(1), at: now) != nil)
        #expect(routine.rest(of: key(2), at: now) == nil)
        #expect(routine.rest(of: key(1), at: Timestamp(seconds: now.seconds + 60)) == nil)
    }

    @Test("is not fetched in vain each hour")
    func fetchedInVain() throws {
        var routine = ProofRoutine()
        var rests: [Int64] = []
        for _ in 1...8 {
            _ = routine.failed(key(1), failure(.busy), fraction: 1, againEvery: month, at: now)
            rests.append(try #require(routine.rest(of: key(1), at: now)).seconds - now.seconds)
        }
        #expect(rests.prefix(3) == [120, 28_800, 43_200])
        #expect(rests.last == 86_400)
    }

    @Test("rests no longer than its deadline allows")
    func shortDeadline() throws {
        var routine = ProofRoutine()
        for _ in 1...8 {
            _ = routine.failed(key(1), failure(.internal), fraction: 1, againEvery: 86_400, at: now)
        }
        let until = try #require(routine.rest(of: key(1), at: now))
        #expect(until.seconds - now.seconds == 5400)
    }

    @Test("goes on resting at a reload, unless its settings have changed")
    func reload() {
        var routine = ProofRoutine()
        _ = routine.failed(key(1), failure(.unreachable), fraction: 0, againEvery: month, at: now)
        routine.lookAtAll(of: ["shop"], unchanged: ["shop"])
        #expect(routine.rest(of: key(2), at: now) != nil)
        #expect(routine.isDue("shop", at: now))
        routine.lookAtAll(of: ["shop"], unchanged: [])
        #expect(routine.rest(of: key(1), at: now) == nil)
        #expect(routine.rest(of: key(2), at: now) == nil)
    }

    @Test("makes way twice, and then goes on")
    func patience() {
        var routine = ProofRoutine()
        let ways = (1...4).map { _ in routine.makesWay(key(1), fetched: 0, at: now) }
        #expect(ways == [true, true, false, false])
        let room = routine.makesWay(key(1), fetched: 0, needsSpace: true, at: now)
        #expect(room, "what it holds is what a run lacks")
        routine.ended(key(1))
        let again = routine.makesWay(key(1), fetched: 0, at: now)
        #expect(again)
    }

    @Test("is told of once a day, and again where nobody could keep that it was told")
    func tells() {
        var routine = ProofRoutine()
        #expect(routine.tells(of: "shop", at: now))
        #expect(routine.tells(of: "shop", at: now), "asking is not telling")
        routine.hasTold(of: "shop", at: now)
        let moments: [Int64] = [0, 86_399, 86_400, -1]
        let again = moments.map { routine.tells(of: "shop", at: Timestamp(seconds: now.seconds + $0)) }
        #expect(again == [false, false, true, true], "also where the clock was wrong")
        #expect(routine.tells(of: "blog", at: now))

        #expect(routine.mayBeAlarmed("shop"), "of an earlier process")
        routine.calmed("shop")
        #expect(!routine.mayBeAlarmed("shop"))
        routine.alarmed("shop")
        #expect(routine.mayBeAlarmed("shop"))
    }

    @Test("for nothing here opens the backup: a check is all that can be had, and it is not due again at once")
    func sealed() {
        func backup(_ proof: BackupProof, isSealed: Bool) -> BackupRecord {
            let made = Timestamp(seconds: now.seconds - 2 * month)
            return BackupRecord(
                id: BackupID(time: made), database: "shop", store: "disk", createdAt: made, rows: 1, dumpBytes: 1000,
                storedBytes: 1000, proof: proof, provedAt: proof == .proved ? made : nil, verifiedAt: now,
                isSealed: isSealed)
        }
        for proof in [BackupProof.proved, .checked] {
            #expect(backup(proof, isSealed: true).lastProof(at: .restore) == now)
            #expect(backup(proof, isSealed: false).lastProof(at: .restore) != now)
        }
        #expect(backup(.different, isSealed: true).lastProof(at: .restore) == nil)
    }

    @Test("does not make way where what was fetched in vain would make proofs late")
    func waste() throws {
        let day: Int64 = 86_400
        let proved = Timestamp(seconds: now.seconds - 26 * day)
        let backup = BackupRecord(
            id: BackupID(time: proved), database: "shop", store: "disk", createdAt: proved, rows: 1, dumpBytes: 1000,
            storedBytes: 1000, proof: .proved, provedAt: proved, verifiedAt: proved)
        let stock = ProofStock(
            database: "shop", verify: VerifySettings(againEvery: month, budget: 1000), backups: [backup],
            allowance: nil, pace: nil)
        var routine = ProofRoutine()
        _ = routine.look(at: stock, now: now)
        let soon = Timestamp(seconds: now.seconds + 60)
        let early = routine.begin(isQuiet: false, before: nil, at: now)
        #expect(early == nil, "it waits for a time without runs")
        let begun = routine.begin(isQuiet: true, before: soon, at: now)
        let choice = try #require(begun)
        // Four days are left, less the day that pays for it and a sixteenth of the month in reserve.
        #expect(choice.urgentFrom.seconds == now.seconds + 3 * day - month / 16)
        #expect(choice.canWait(at: now, losing: 1000))
        let later = Timestamp(seconds: choice.urgentFrom.seconds - day)
        let stays = routine.makesWay(backup.proofKey, fetched: 1000, at: later)
        #expect(!stays)
        let goes = routine.makesWay(backup.proofKey, fetched: 999, at: later)
        #expect(goes)
        #expect(choice.isUrgent(at: choice.urgentFrom))
    }
}
