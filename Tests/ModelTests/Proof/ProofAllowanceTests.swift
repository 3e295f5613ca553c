import Foundation
import Model
import Testing

private let start: Int64 = 1_800_000_000
private let day: Int64 = 86_400

private func allowance(_ bytes: Int64, after seconds: Int64 = 0) -> ProofAllowance {
    ProofAllowance(at: Timestamp(seconds: start + seconds), bytes: bytes)
}

@Suite("The allowance of proofs")
struct ProofAllowanceTests {
    @Test(
        "fills by the budget in a day and holds one day's worth",
        arguments: [
            (0, 0, 0), (0, 3600, 41), (0, day, 1000), (0, 2 * day, 1000), (900, day, 1000), (-4000, day, -3000),
            (-4000, 5 * day, 1000), (-4000, 4 * day, 0), (5000, 0, 1000), (5000, 1, 1000),
        ] as [(Int64, Int64, Int64)])
    func refilled(bytes: Int64, seconds: Int64, expected: Int64) {
        let now = Timestamp(seconds: start + seconds)
        #expect(allowance(bytes).refilled(to: now, budget: 1000) == allowance(expected, after: seconds))
    }

    @Test("stands still while a clock that was set back comes to its time again")
    func setBack() {
        let before = allowance(100)
        for seconds in [1, 3600, day] {
            #expect(before.refilled(to: Timestamp(seconds: start - seconds), budget: 1000) == before)
        }
    }

    @Test("is a whole day's where its time lies so far ahead that the clock was wrong")
    func wrongClock() {
        let now = Timestamp(seconds: start - day - 1)
        #expect(allowance(-5000).refilled(to: now, budget: 1000) == ProofAllowance(at: now, bytes: 1000))
    }

    @Test("says to the second when there is enough")
    func time() {
        let has = allowance(100)
        for (wanted, seconds) in [(0, 0), (100, 0), (101, 87), (400, 25_920), (401, 26_007)] as [(Int64, Int64)] {
            let time = has.time(untilEnoughFor: wanted, budget: 1000)
            #expect(time == Timestamp(seconds: start + seconds), "\(wanted)")
            #expect(has.refilled(to: time, budget: 1000).isEnough(for: wanted, budget: 1000), "\(wanted)")
            let earlier = Timestamp(seconds: time.seconds - 1)
            let wasEnough = has.refilled(to: earlier, budget: 1000).isEnough(for: wanted, budget: 1000)
            #expect(wasEnough == (seconds == 0), "\(wanted)")
        }
    }

    @Test("goes below zero for a verification that is larger than a day's worth, and waits until that is paid for")
    func debt() {
        #expect(!allowance(999).isEnough(for: 5000, budget: 1000))
        #expect(allowance(1000).isEnough(for: 5000, budget: 1000))
        let debt = allowance(1000).spending(5000)
        #expect(debt == allowance(-4000))
        #expect(!debt.isEnough(for: 0, budget: 1000))
        #expect(debt.time(untilEnoughFor: 10, budget: 1000) == Timestamp(seconds: start + 346_464))
    }

    @Test("reckons with any size and any clock")
    func extremes() {
        let numbers: [Int64] = [.min, -1, 0, 1, start, .max]
        for bytes in numbers {
            for at in numbers {
                let has = ProofAllowance(at: Timestamp(seconds: at), bytes: bytes)
                for number in numbers {
                    let later = has.refilled(to: Timestamp(seconds: number), budget: number)
                    #expect(later.bytes <= max(number, 1))
                    #expect(has.spending(number).bytes <= bytes)
                    let time = has.time(untilEnoughFor: .max, budget: number)
                    #expect(time.seconds <= max(at, 253_402_300_799))
                }
            }
        }
    }

    @Test("is written and read again")
    func coding() throws {
        let written = allowance(-4000)
        let found = try JSONDecoder().decode(ProofAllowance.self, from: JSONEncoder().encode(written))
        #expect(found == written)
    }
}
