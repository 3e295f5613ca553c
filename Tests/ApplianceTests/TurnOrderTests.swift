import Catalog
import Foundation
import Model
import Testing

@testable import Appliance

@Suite("The order of runs that people ask for and runs of the schedule", .timeLimit(.minutes(30)))
struct TurnOrderTests {
    @Test("what people ask for comes first, and then the two take turns")
    func turns() {
        var order = TurnOrder()
        let turns = (0..<5).map { _ in order.next(hasRequest: true, hasDue: true) }
        #expect(turns == [.request, .schedule, .request, .schedule, .request])
    }

    @Test("what waits alone begins, and a request that passes nothing over has no price")
    func alone() {
        var order = TurnOrder()
        #expect(order.next(hasRequest: false, hasDue: false) == nil)
        #expect(order.next(hasRequest: false, hasDue: true) == .schedule)
        #expect(order.next(hasRequest: false, hasDue: true) == .schedule)
        #expect(order.next(hasRequest: true, hasDue: false) == .request)
        #expect(order.next(hasRequest: true, hasDue: true) == .request)
        #expect(order.next(hasRequest: true, hasDue: false) == .request, "the run of the schedule was taken back")
        #expect(order.next(hasRequest: true, hasDue: true) == .request)
        #expect(order.next(hasRequest: true, hasDue: true) == .schedule)
    }

    @Test("a run of the schedule is not kept waiting by a second request")
    func daemon() async throws {
        try await withSite { site in
            let gate = site.path + "/gate"
            let drill = "while [ ! -e \(gate) ]; do sleep 0.02; done"
            for name in ["shop", "blog", "wiki", "news"] { try site.makeSource(name) }
            try site.configure([
                ("shop", ["verify: {drill: {command: [/bin/sh, -c, \"\(drill)\"]}}"]),
                ("blog", ["schedule: every 1h", "timezone: UTC"]), ("wiki", []), ("news", []),
            ])
            try await site.withDaemon { daemon, catalog in
                _ = try await daemon.startBackup(of: "shop", verify: nil, requester: "admin")
                _ = try await site.waitForRun(in: catalog)
                site.clock.advance(seconds: 59 * 60)
                try await daemon.turn()
                #expect(await daemon.queueLength == 1)
                for name in ["wiki", "news"] {
                    _ = try await daemon.startBackup(of: name, verify: nil, requester: "admin")
                }
                try Data().write(to: URL(fileURLWithPath: gate))
                for name in ["shop", "wiki", "blog", "news"] {
                    let line = try await site.log.wait(for: "Proved: ")
                    #expect(line.contains("database=\(name)"), "\(site.log.all)")
                }
            }
        }
    }
}
