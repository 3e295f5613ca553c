import ArgumentParser
import FoundationEssentials
import Settings

extension CompletionKind {
    /// The names of the configuration's channels, for shells.
    static var channels: CompletionKind { .custom { words, _, _ in channelNames(words) } }

    /// - Parameter words: the command line so far.
    /// - Returns: none where the configuration cannot be read.
    private static func channelNames(_ words: [String]) -> [String] {
        let environment = ProcessInfo.processInfo.environment
        let named = words.firstIndex(of: "--config").flatMap { index in
            words.indices.contains(index + 1) ? words[index + 1] : nil
        }
        let path = named ?? environment["NIGHTJAR_CONFIG"] ?? GlobalOptions.standardConfiguration
        let configuration = try? Configuration.load(path: path, environment: environment)
        return configuration?.notify.map(\.name) ?? []
    }
}
