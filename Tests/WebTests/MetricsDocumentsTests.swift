import Foundation
import Testing

@testable import Web

@Suite("What the documents say of the metrics") struct MetricsDocumentsTests {
    private static let names = Set(MetricFigures.snapshot([]).families.map(\.name))

    /// Names of metrics in a document.
    private static func names(in document: String) throws -> Set<String> {
        let root = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "docs/\(document)"), encoding: .utf8)
        let words = text.split { character in
            !(character.isASCII && (character.isLetter || character.isNumber || character == "_"))
        }
        return Set(words.map { String($0) }.filter { $0.hasPrefix("nightjar_") })
    }

    @Test("Each metric is explained, and nothing else")
    func explained() throws {
        let explained = try Self.names(in: "metrics.md")
        #expect(explained.symmetricDifference(Self.names) == [])
    }

    @Test(
        "Rules, their tests and the dashboard ask for metrics that there are",
        arguments: ["alerts.yml", "alerts_test.yml", "grafana-dashboard.json"])
    func known(document: String) throws {
        let asked = try Self.names(in: document)
        #expect(!asked.isEmpty)
        #expect(asked.subtracting(Self.names) == [])
    }

    @Test("The dashboard is JSON that can be imported, with each panel's number its own")
    func dashboard() throws {
        let root = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let data = try Data(contentsOf: root.appending(path: "docs/grafana-dashboard.json"))
        let dashboard = try JSONDecoder().decode(Dashboard.self, from: data)
        #expect(dashboard.uid == "nightjar")
        #expect(dashboard.templating.list.first?.type == "datasource")
        #expect(Set(dashboard.panels.map(\.id)).count == dashboard.panels.count)
        for panel in dashboard.panels where panel.type != "row" {
            #expect(panel.datasource?.uid == "${datasource}", "\(panel.title)")
            #expect(panel.targets?.isEmpty == false, "\(panel.title)")
        }
        let ofRuns = dashboard.panels.flatMap { $0.targets ?? [] }.map(\.expr)
            .filter { $0.contains("nightjar_runs_total") }
        #expect(!ofRuns.isEmpty)
        #expect(ofRuns.filter { !$0.contains("kind=") } == [], "exports would be counted as backups")
    }
}

/// What a dashboard of Grafana's has to hold.
private struct Dashboard: Decodable {
    struct Variables: Decodable {
        struct Variable: Decodable {
            let name: String
            let type: String
        }

        let list: [Variable]
    }

    struct Source: Decodable {
        let type: String
        let uid: String
    }

    struct Panel: Decodable {
        struct Target: Decodable {
            let expr: String
        }

        let id: Int
        let title: String
        let type: String
        let datasource: Source?
        let targets: [Target]?
    }

    let uid: String
    let title: String
    let schemaVersion: Int
    let templating: Variables
    let panels: [Panel]
}
