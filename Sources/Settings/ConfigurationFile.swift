import YAML

/// One file of a configuration as a tree.
enum ConfigurationFile {
    /// The most bytes that a file may have: far more than anybody writes, far less than memory.
    static let limit = 1 << 20

    /// The root of a file; nil when it says nothing, or after a complaint that it is not YAML.
    static func root(of contents: FileContents, path: String, context: ReadingContext) -> NodeReader? {
        context.addFile(path, contents.bytes)
        do throws(YAMLError) {
            guard let node = try YAMLDocument.parse(contents.bytes) else { return nil }
            let root = NodeReader(node: node, key: name(of: path), keyMark: node.mark, file: path, context: context)
            return root.isNothing ? nil : root
        } catch {
            context.lacksNames = true
            context.complain(path, error.mark, error.message, hint: error.hint)
            return nil
        }
    }

    private static func name(of path: String) -> String {
        path.split(separator: "/").last.map { String($0) } ?? path
    }
}
