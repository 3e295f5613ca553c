import Foundation
import FuzzTargets
import TestSupport
import Testing

@Suite("What the search for bad input has kept") struct CorpusTests {
    private static let corpora = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fuzz/corpora")

    /// The files of a target, by their names.
    private static func corpus(of target: FuzzTarget) throws -> [[UInt8]] {
        let folder = corpora.appendingPathComponent(target.name)
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map {
            Array(try Data(contentsOf: folder.appendingPathComponent($0)))
        }
    }

    @Test("Every kept input holds", arguments: FuzzTarget.all)
    func kept(target: FuzzTarget) async throws {
        let corpus = try Self.corpus(of: target)
        #expect(corpus.count >= 3, "nothing was kept")
        try await onThread {
            for bytes in corpus + [[]] { try target.check(bytes) }
        }
    }

    @Test("So does what is made of them", arguments: FuzzTarget.all)
    func mutated(target: FuzzTarget) async throws {
        let corpus = try Self.corpus(of: target).filter { $0.count <= 4096 }
        let complaints = try await onThread {
            var generator = SeededGenerator(seed: 10)
            return (0..<300).compactMap { _ -> String? in
                let bytes = Self.changed(corpus, &generator)
                do { try target.check(bytes) } catch { return "\(error): \(Data(bytes).base64EncodedString())" }
                return nil
            }
        }
        #expect(complaints == [])
    }

    /// One of them with a few changes.
    private static func changed(_ corpus: [[UInt8]], _ generator: inout SeededGenerator) -> [UInt8] {
        var bytes = corpus.randomElement(using: &generator) ?? []
        for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes.removeSubrange(place..<min(place + Int.random(in: 1...9, using: &generator), bytes.count))
            case 2:
                let other = corpus.randomElement(using: &generator) ?? []
                bytes = Array(bytes[..<place] + other.dropFirst(min(place, other.count)))
            default: bytes.insert(contentsOf: bytes[place...].prefix(20), at: place)
            }
        }
        return bytes
    }

    /// A target may block, and what it waits for needs the threads of the tasks.
    private func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
        }
    }
}
