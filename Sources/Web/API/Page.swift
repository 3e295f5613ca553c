/// A part of a list that is newest first, and where the next part begins.
struct Page<Item, Mark> {
    let items: [Item]
    /// What to ask for with `before` to go on; nil at the end.
    let next: Mark?
}

extension Page where Mark: Equatable {
    /// The first items of `all`, `limit` of them, and those besides that have the same mark as the last: the next part
    /// begins after that mark.
    init(_ all: some Collection<Item>, limit: Int, mark: (Item) -> Mark) {
        var items: [Item] = []
        var last: Mark?
        for item in all {
            let current = mark(item)
            guard items.count < limit || current == last else {
                self.init(items: items, next: last)
                return
            }
            items.append(item)
            last = current
        }
        self.init(items: items, next: nil)
    }
}
