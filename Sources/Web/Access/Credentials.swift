import FoundationEssentials
import Model

/// What a request shows to be let in: RFC 6750 (Bearer) and RFC 7617 (Basic).
struct Credentials: Equatable, Sendable {
    let token: Secret
    let method: Access.Method

    init(token: Secret, method: Access.Method) {
        self.token = token
        self.method = method
    }

    /// - Parameter header: The value of `Authorization`.
    /// - Returns: nil where it is neither Bearer nor Basic.
    init?(_ header: String?) {
        guard let header else { return nil }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        let value = String(parts[1].drop { $0 == " " })
        guard !value.isEmpty, !value.contains(where: { $0 == " " || $0 == "\t" }) else { return nil }
        switch parts[0].lowercased() {
        case "bearer":
            self.init(token: Secret(value), method: .bearer)
        case "basic":
            // The user's name is anybody's; all behind the first colon is the password.
            guard let pair = Data(base64Encoded: value), let text = String(validating: pair, as: UTF8.self),
                let colon = text.firstIndex(of: ":")
            else { return nil }
            self.init(token: Secret(String(text[text.index(after: colon)...])), method: .basic)
        default:
            return nil
        }
    }
}
