import Foundation
import Model
import Settings
import TestSupport
import Testing

/// With `NIGHTJAR_FAULTS=all` only: it makes more than a thousand backups. `RemoteFaultTests` has two requests of each.
@Suite(
    "Each request to a remote source may fail once, in each way that passes", .timeLimit(.minutes(60)),
    .enabled(if: ProcessInfo.processInfo.environment["NIGHTJAR_FAULTS"] == "all"))
struct RemoteRequestFaultTests {
    private static let ways: [RemoteFault] = [
        .throttled(retryAfter: "0"), .throttled(retryAfter: nil), .status(503, body: "<p>busy</p>"),
        .status(502, body: ""), .dropped, .answerLost, .halfAnswer, .slow(bytesPerChunk: 64), .locked, .tooSlow,
    ]

    @Test("whichever it is", arguments: RemoteService.allCases, RemoteRequestFaultTests.ways)
    func everyRequest(_ service: RemoteService, _ fault: RemoteFault) async throws {
        try await RemoteBench.with(service) { bench in
            let cost = try await bench.cost()
            try #require(cost.requests >= 10)
            var made = 0
            for number in 0..<cost.requests {
                bench.double.inject(fault, skipping: number)
                do {
                    let trip = try await bench.backUp()
                    #expect(try bench.states.lies(of: trip) == [], "request \(number)")
                    made += 1
                } catch let error as any Failure {
                    let words = "request \(number): \(error.line)"
                    #expect(error.code != .internal && error.code != .difference, "\(words)")
                    #expect(error.isTransient || error.hint != nil, "\(words)")
                    #expect(!words.contains(bench.double.token), "a secret stands in an error")
                }
                // What is left would fail a request of the next backup.
                try #require(bench.double.faultsLeft == 0, "request \(number) failed")
            }
            #expect(made * 2 > cost.requests, "nearly all get over it")
        }
    }
}
