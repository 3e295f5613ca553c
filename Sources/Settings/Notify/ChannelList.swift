import Model
import YAML

/// The entries of `notify:` over all files.
struct ChannelList {
    private var items: [NodeReader] = []

    mutating func add(_ section: NodeReader) {
        // What stands in the place of the list may be a URL with a key in it.
        guard case .sequence = section.node.kind, let found = section.list("a list of channels") else {
            section.complain(
                "`\(section.key)`: expected a list of channels such as [\(ChannelSettings.example)], found something"
                    + " else")
            return
        }
        // What an item lacks is said at the item, not at the list.
        items += found.map { item in
            NodeReader(
                node: item.node, key: item.key, keyMark: item.node.mark, file: item.file, context: item.context)
        }
    }

    /// The channels in the order of the files; those with a complaint are left out.
    ///
    /// - Parameter zone: that of a digest which says none.
    func read(zone: TimeZoneRules?) -> [ChannelEntry] {
        let given = givenNames()
        var taken = Set(given.compactMap { $0 })
        var entries: [ChannelEntry] = []
        for (item, name) in zip(items, given) {
            guard var settings = ChannelSettings.read(item, zone: zone) else { continue }
            settings.name = name ?? Self.freeName(settings.kind.name, &taken)
            entries.append(ChannelEntry(reader: item, settings: settings))
        }
        return entries
    }

    /// What the entries call themselves; nil where one says nothing, or nothing usable.
    private func givenNames() -> [String?] {
        var owners: [String: NodeReader] = [:]
        return items.map { item -> String? in
            guard let reader = item.peek("name"), let name = reader.entryName(of: "channel") else { return nil }
            guard name != CallbackChannel.name else {
                reader.complain(
                    "`\(CallbackChannel.name)` cannot be the name of a channel",
                    hint: "it stands for the callbacks of exports that were asked for over the API")
                return nil
            }
            if let first = owners[name] {
                reader.complain(
                    "duplicate channel \(Wording.quote(reader.node.text ?? "")); the first one is at"
                        + " \(first.file):\(first.node.mark.line)")
                return nil
            }
            owners[name] = reader
            return name
        }
    }

    /// `slack`, `slack-2` and so on.
    private static func freeName(_ kind: String, _ taken: inout Set<String>) -> String {
        var name = kind
        var number = 1
        while !taken.insert(name).inserted {
            number += 1
            name = "\(kind)-\(number)"
        }
        return name
    }
}
