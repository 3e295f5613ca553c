import Catalog
import Foundation
import Model
import Restore
import TestSupport

@testable import Appliance

extension FaultSite {
    /// Does the errand once with nobody in its way.
    /// - Returns: What it asked the bucket for, and what is wrong all the same.
    func life(from start: Start) async throws -> (requests: [R2Operation], complaints: [String]) {
        try reset(to: start)
        let before = double.requests.count
        var complaints: [String] = []
        let ending = try await perform(attempts: 1)
        if case .whole = ending {} else { complaints.append("it ends with \(ending)") }
        let requests = double.requests.dropFirst(before).map(\.operation)
        complaints += try await aftermath(of: start, way: nil, isDone: true)
        return (Array(requests), complaints)
    }

    /// Does the errand with one request that fails, and then all that comes the day after.
    /// - Returns: Which promises are broken.
    func complaints(_ fault: FaultCase, from start: Start) async throws -> [String] {
        try reset(to: start)
        let index = double.requests.count + fault.number
        switch fault.way.course {
        case .once(let way), .untilStopped(let way): double.inject(way, skipping: fault.number)
        case .fromThenOn: double.inject(.closeBeforeAnswer, times: .max, skipping: fault.number)
        }
        let result = await run(fault, until: index)
        var complaints = await missing(fault, at: index)
        double.comeBack()
        complaints += judge(result, fault)
        var isDone = false
        if case .success(.whole) = result { isDone = true }
        complaints += try await aftermath(of: start, way: fault.way, isDone: isDone)
        return complaints
    }

    private func perform(attempts: Int) async throws -> Errand.Ending {
        try await withAppliance(attempts: attempts) { appliance, catalog in
            try await errand.perform(appliance, catalog, in: site)
        }
    }

    private func run(_ fault: FaultCase, until index: Int) async -> Result<Errand.Ending, any Error> {
        let work = Task { try await perform(attempts: fault.attempts) }
        guard fault.way.isStopping else { return await work.result }
        let double = double
        let stop = Task {
            await double.wait { $0.count > index }
            if Task.isCancelled { return }
            work.cancel()
            // What is not to be cut short by a stop would wait for a minute.
            double.cutConnections()
        }
        let result = await work.result
        stop.cancel()
        await stop.value
        return result
    }

    // MARK: What came of it

    /// Whether the fault was met, by the request for which it was meant.
    private func missing(_ fault: FaultCase, at index: Int) async -> [String] {
        guard double.requests.count > index else { return ["the request that was to fail never came"] }
        await double.wait { $0[index].ending != .open }
        let request = double.requests[index]
        var complaints: [String] = []
        if request.operation != fault.operation {
            complaints.append("the request was another one: \(request.operation.rawValue)")
        }
        if !fault.way.fits(request.ending) { complaints.append("the request did not fail: \(request.ending)") }
        return complaints
    }

    private func judge(_ result: Result<Errand.Ending, any Error>, _ fault: FaultCase) -> [String] {
        let mustBeWhole = fault.way.isHarmless || (fault.way.isPassing && fault.attempts > 1)
        switch result {
        case .success(.whole): return []
        case .success(.partial): return mustBeWhole ? ["not all was done"] : []
        case .success(.different): return fault.way.lies ? [] : ["it finds a difference where there is none"]
        case .success(.short(let error)), .failure(let error):
            return complaints(about: error, fault.way) + (mustBeWhole ? ["it does not get over it: \(error)"] : [])
        }
    }

    /// An error names the store and says what to do, and takes no failure for a finding.
    private func complaints(about error: any Error, _ way: FaultWay) -> [String] {
        if error is CancellationError { return way.isStopping ? [] : ["cancelled, though nobody stopped it"] }
        guard let failure = error as? any Failure else { return ["an error of no kind: \(error)"] }
        if failure.code == .cancelled, way.isStopping { return [] }
        let words = failure.line
        var complaints: [String] = []
        if failure.code == .internal { complaints.append("a fault of its own: \(words)") }
        if words.contains(double.secretAccessKey) { complaints.append("a secret stands in: \(words)") }
        // What a store says that is not so may be told as what it is.
        if way.lies { return complaints }
        if !words.contains("127.0.0.1:\(double.port)"), !words.contains("store bucket") {
            complaints.append("it does not name the store: \(words)")
        }
        if failure.hint == nil, !failure.isTransient, failure.code != .exists {
            complaints.append("it does not say what to do: \(words)")
        }
        if [.difference, .missing, .cancelled].contains(failure.code) {
            complaints.append("it takes a failure for \(failure.code): \(words)")
        }
        return complaints
    }
}
