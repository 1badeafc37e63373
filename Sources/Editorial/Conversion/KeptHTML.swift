internal import Markdown

/// A body with its kept blocks of HTML, as they may be shown.
enum KeptHTML {
    /// - Throws: `EditorialError.contentRefused` for a body that can't be rendered.
    static func render(_ body: String) throws(EditorialError) -> Markdown.Rendering {
        do { return try Markdown.render(body, keeping: Sanitiser.clean) } catch {
            throw .contentRefused(field: "body", reason: "it can't be rendered: \(error)")
        }
    }
}
