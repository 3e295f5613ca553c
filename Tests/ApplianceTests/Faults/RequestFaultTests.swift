import TestSupport
import Testing

@testable import Appliance

/// `NIGHTJAR_FAULTS=all` tries every request in every way, a number so many of them; without it a few, always the same.
@Suite("One request that fails, whichever and however, costs no backup", .timeLimit(.minutes(60)))
struct RequestFaultTests {
    @Test("of all that the appliance does with its stores", arguments: Errand.allCases)
    func oneRequest(_ errand: Errand) async throws {
        try await withR2Double(minimumPartSize: Int(FaultSite.partSize)) { double in
            try await withSite { site in
                let faults = FaultSite(errand: errand, site: site, double: double)
                let start = try await faults.prepare()
                let life = try await faults.life(from: start)
                try #require(life.complaints == [], "nobody is in its way")
                let missing = errand.requests.subtracting(life.requests)
                try #require(missing.isEmpty, "it asks for \(missing), or nothing is tried")

                let cases = FaultCase.all(of: life.requests)
                let chosen = FaultCase.chosen(cases, of: errand)
                try #require(!chosen.isEmpty)
                print(
                    "\(errand): \(life.requests.count) requests, \(chosen.count) of \(cases.count) cases,",
                    "seed \(FaultCase.seed)")
                for fault in chosen {
                    let complaints = try await faults.complaints(fault, from: start)
                    for complaint in complaints { Issue.record("\(errand), \(fault): \(complaint)") }
                }
            }
        }
    }

    @Test("each kind of request fails in many ways")
    func ways() {
        for operation in Errand.allCases.reduce(into: Set<R2Operation>(), { $0.formUnion($1.requests) }) {
            let ways = FaultWay.all.filter { $0.operations.contains(operation) }
            #expect(ways.count >= 12, "\(operation)")
            #expect(ways.contains { $0.isPassing } && ways.contains { $0.isStopping }, "\(operation)")
        }
    }
}
