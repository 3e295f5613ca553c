/// `${VAR}` and `${VAR:-default}` in a value; `$$` is a dollar. As in a shell, the default also stands in for an empty
/// variable; a default holds no `${…}` of its own. Any other dollar stands for itself.
enum Interpolation {
    struct Outcome: Equatable {
        var text = ""
        var problems: [Problem] = []
    }

    enum Problem: Equatable {
        /// No such variable, and no default.
        case undefined(String)
        /// What stands between the braces is no variable's name.
        case malformed
        /// `${` without `}`.
        case unclosed
        /// `${A:-${B}}`.
        case nested
    }

    static func expand(_ text: String, environment: [String: String]) -> Outcome {
        let scalars = Array(text.unicodeScalars)
        var output = String.UnicodeScalarView()
        var problems: [Problem] = []
        var index = 0
        while index < scalars.count {
            let next: Unicode.Scalar? = index + 1 < scalars.count ? scalars[index + 1] : nil
            if scalars[index] == "$" && next == "$" {
                output.append("$")
                index += 2
            } else if scalars[index] == "$" && next == "{" {
                let body = scalars[(index + 2)...]
                guard let end = body.firstIndex(of: "}") else {
                    problems.append(.unclosed)
                    break
                }
                switch value(string(body[..<end]), environment: environment) {
                case .success(let value): output.append(contentsOf: value.unicodeScalars)
                case .failure(let reason): problems.append(reason.problem)
                }
                index = end + 1
            } else {
                output.append(scalars[index])
                index += 1
            }
        }
        return Outcome(text: String(output), problems: problems)
    }

    private struct Reason: Error {
        let problem: Problem
    }

    private static func value(_ body: String, environment: [String: String]) -> Result<String, Reason> {
        let scalars = Array(body.unicodeScalars)
        let nameEnd = scalars.firstIndex { !isNameScalar($0) } ?? scalars.count
        let name = string(scalars[..<nameEnd])
        let rest = string(scalars[nameEnd...])
        guard let first = scalars.first, isNameScalar(first), !("0"..."9").contains(first),
            rest.isEmpty || rest.hasPrefix(":-")
        else { return .failure(Reason(problem: .malformed)) }
        let found = environment[name]
        if rest.isEmpty {
            guard let found else { return .failure(Reason(problem: .undefined(name))) }
            return .success(found)
        }
        let fallback = String(rest.dropFirst(2))
        guard !fallback.contains("${") else { return .failure(Reason(problem: .nested)) }
        if let found, !found.isEmpty { return .success(found) }
        return .success(fallback)
    }

    private static func isNameScalar(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "A"..."Z", "a"..."z", "0"..."9", "_": true
        default: false
        }
    }

    private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }
}
