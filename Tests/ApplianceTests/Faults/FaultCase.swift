import Foundation
import TestSupport

/// One request of an errand that fails in one way.
struct FaultCase: Sendable, CustomStringConvertible {
    /// Counted from 0.
    let number: Int
    /// What the request asks for when nothing is wrong.
    let operation: R2Operation
    let way: FaultWay
    /// How often the store sends a request before its failure counts.
    let attempts: Int

    var description: String {
        let patience = attempts == 1 ? "no second attempt" : "tried twice"
        return "request \(number) (\(operation.rawValue)) and \(way.name), \(patience)"
    }

    /// Every request of an errand in every way that can happen to it.
    /// - Parameter life: What it asks for, request by request.
    static func all(of life: [R2Operation]) -> [FaultCase] {
        var cases: [FaultCase] = []
        for (number, operation) in life.enumerated() {
            for way in FaultWay.all where way.operations.contains(operation) {
                // Only what passes is another story with a second attempt.
                for attempts in 1...(way.isPassing ? 2 : 1) {
                    cases.append(FaultCase(number: number, operation: operation, way: way, attempts: attempts))
                }
            }
        }
        return cases
    }

    /// Which of them are tried: all with `NIGHTJAR_FAULTS=all`, else the errand's share of that many, or of 60.
    static func chosen(_ cases: [FaultCase], of errand: Errand) -> [FaultCase] {
        let wanted = ProcessInfo.processInfo.environment["NIGHTJAR_FAULTS"] ?? ""
        if wanted == "all" { return cases }
        let count = Int(wanted) ?? 60
        let place = Errand.allCases.firstIndex(of: errand) ?? 0
        var generator = SeededGenerator(seed: seed &+ UInt64(place))
        let share = (count + Errand.allCases.count - 1) / Errand.allCases.count
        return Array(cases.shuffled(using: &generator).prefix(max(1, share)))
    }

    /// Of the choice: always the same, but where `NIGHTJAR_FAULTS_SEED` is another.
    static let seed = ProcessInfo.processInfo.environment["NIGHTJAR_FAULTS_SEED"].flatMap { UInt64($0) } ?? 20_260_315
}
