import Catalog
import Model
import Testing

@testable import Appliance

@Suite("A proof that could not be made")
struct ProofTroubleTests {
    private let now = Timestamp(seconds: 1_770_000_000)

    private func key(_ number: Int64) -> ProofRoutine.Key {
        .init(backup: BackupID(time: Timestamp(seconds: now.seconds + number)), database: "shop", store: "disk")
    }

    @Test("lets its database rest where all may share the cause, and itself longer, so that others have their turn")
    func shared() {
        var routine = ProofRoutine()
        #expect(routine.failed(key(1), .io, fraction: 0, at: now) == 1)
        let database = routine.rest(of: key(2), at: now)
        let own = routine.rest(of: key(1), at: now)
        #expect(database == Timestamp(seconds: now.seconds + 60))
        #expect(own == Timestamp(seconds: now.seconds + 120))
        // Of another backup, but people were told.
        #expect(routine.failed(key(2), .io, fraction: 0, at: now) == 2)
        routine.ended(key(3))
        #expect(routine.rest(of: key(3), at: now) == nil, "one success frees the database")
        #expect(routine.rest(of: key(1), at: now) == own)
    }

    @Test("rests alone where the cause is its own")
    func own() {
        var routine = ProofRoutine()
        #expect(routine.failed(key(1), .missing, fraction: 0, at: now) == 1)
        #expect(routine.rest(of: key(1), at: now) != nil)
        #expect(routine.rest(of: key(2), at: now) == nil)
        #expect(routine.rest(of: key(1), at: Timestamp(seconds: now.seconds + 60)) == nil)
    }

    @Test("is not fetched in vain each hour")
    func fetchedInVain() throws {
        var routine = ProofRoutine()
        var rests: [Int64] = []
        for _ in 1...8 {
            _ = routine.failed(key(1), .busy, fraction: 1, at: now)
            rests.append(try #require(routine.rest(of: key(1), at: now)).seconds - now.seconds)
        }
        #expect(rests.prefix(3) == [120, 28_800, 43_200])
        #expect(rests.last == 86_400)
    }

    @Test("makes way twice, and then goes on")
    func patience() {
        var routine = ProofRoutine()
        let ways = (1...4).map { _ in routine.makesWay(key(1)) }
        #expect(ways == [true, true, false, false])
        routine.ended(key(1))
        let again = routine.makesWay(key(1))
        #expect(again)
    }
}
