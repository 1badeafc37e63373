import Editorial

extension Failure {
    /// The sentences about pictures.
    static func picture(_ error: EditorialError) -> Failure {
        switch error {
        case .imageUnknown(let name):
            return Failure(
                .notFound, "unknown_image", "There is no image '\(Escape.escaped(name))'. See `image list`.")
        case .pictureRefused(let name, let fault):
            return Failure(.badData, "bad_picture", "'\(Escape.escaped(name))' \(sentence(fault))")
        case .imageExists(let id, let name):
            return Failure(
                .refused, "image_exists",
                "This picture is image \(id) already ('\(Escape.escaped(name))'), and other things are said of it. "
                    + "Change them with `image edit \(id)`.")
        case .altRepeats(let name, let alt):
            return Failure(
                .badData, "alt_repeats",
                "The alternative text '\(Escape.escaped(alt))' of '\(Escape.escaped(name))' only repeats the file name, "
                    + "the title or the caption. Say what is to be seen, for somebody who can't see it.")
        case .picturesIncomplete(let article, let what):
            return Failure(
                .refused, "pictures_incomplete",
                "Article \(article) can't go out: \(Escape.escaped(what)). Complete an imported picture with `article "
                    + "image \(article) --source ADDRESS --with IMAGE`, change its words with `image edit` and `article "
                    + "save \(article) --refresh-images`, or take it out.")
        case .pictureNotShown(let article, let address):
            return Failure(
                .notFound, "picture_not_shown",
                "The current text of article \(article) shows no picture '\(Escape.escaped(address))'. `article show "
                    + "\(article)` lists those it shows.")
        default: return Failure(.fault, "fault", "\(error)")
        }
    }

    private static func sentence(_ fault: PictureFault) -> String {
        switch fault {
        case .svg: "is an SVG, which can run scripts on the page. Export it as PNG, WebP or AVIF."
        case .unknownFormat: "is no picture of a kind we take: PNG, JPEG, GIF, WebP or AVIF, by what is in it."
        case .tooLarge: "is longer than \(PictureFile.longest >> 20) MiB. Make it smaller."
        case .truncated(let format): "is cut short: the \(format.rawValue.uppercased()) ends before the picture does."
        case .malformed(let format, let reason): "is no whole \(format.rawValue.uppercased()): \(reason)."
        case .cannotStrip(let format):
            "carries data about how it was made, perhaps where, which can't be taken out of "
                + "\(format.rawValue.uppercased()) here. Convert it, or say --keep-location."
        }
    }
}
