// What the editor of an article's text knows beside the package's own: our pictures, chosen from a list and never typed,
// and how to paste from a word processor. The text holds only a picture's number; the server looks up the rest.
import { crel, Node, Plugin } from "django-prose-editor/editor"

const addressOf = (options, picture) => options.file.replace("/0/", `/${picture}/`)

// Large parts of what is copied say nothing about the text: style sheets, notes of the program, pictures as letters.
const withoutBallast = (html) =>
  html.replace(/<!--[\s\S]*?-->|<style[\s\S]*?<\/style>|\ssrc="data:[^"]*"/gi, "")

// The server makes sense of it, as it does when the text is saved: the rules are in one place, and the page's policy would
// hide from us what a style means. If the server does not answer, the editor does what it can.
async function pasteCleaned(view, html, address) {
  const form = view.dom.closest("form")
  const body = new URLSearchParams({ html: withoutBallast(html) })
  const headers = { "X-CSRFToken": form.querySelector("[name=csrfmiddlewaretoken]").value }
  let answer
  try {
    answer = await fetch(address, { method: "POST", headers, body })
    const { html: cleaned, notes } = await answer.json()
    if (answer.ok) view.pasteHTML(cleaned)
    sayOnPasting(view, notes)
  } catch (error) {
    console.warn("What was pasted could not be cleaned before it is saved.", error)
    if (answer && !answer.ok) sayOnPasting(view, ["This could not be pasted. Paste it in parts, or as plain text."])
    else view.pasteHTML(html)
  }
}

// What was left out stands below the text until the next pasting, and is read aloud.
function sayOnPasting(view, notes) {
  const editor = view.dom.closest(".prose-editor") ?? view.dom
  let said = editor.parentElement.querySelector(":scope > .pasted-notes")
  if (!said) {
    said = crel("p", { role: "status", className: "pasted-notes" })
    editor.after(said)
  }
  said.textContent = notes.length ? `Pasted: ${notes.join(" ")}` : ""
}

function handlePaste(view, event, address) {
  const html = event.clipboardData?.getData("text/html")
  if (!html || html.includes("data-pm-slice")) return false // plain text, or copied from an editor like this
  event.preventDefault()
  pasteCleaned(view, html, address)
  return true
}

function choiceOf(picture, choose) {
  const button = crel("button", { type: "button" }, [
    crel("img", { src: picture.src, alt: "", loading: "lazy" }),
    crel("b", { textContent: picture.title }),
    crel("span", { textContent: picture.alt || "A decoration" }),
  ])
  button.addEventListener("click", () => choose(picture.id))
  return crel("li", {}, [button])
}

// A window over the page. It is made anew each time, so that what was uploaded meanwhile is in it.
function openChoice(options, insert) {
  const title = crel("h2", { id: "choose-picture", textContent: "Choose a picture" })
  const words = crel("input", { type: "search", id: "find-picture" })
  const find = crel("label", { htmlFor: "find-picture", textContent: "Find by name or description" })
  const said = crel("p", { role: "status" })
  const list = crel("ul", { role: "list" })
  const upload = crel("a", {
    href: options.upload,
    target: "_blank",
    textContent: "Upload a new picture (opens a new tab)",
  })
  const again = crel("button", { type: "button", textContent: "Show new ones" })
  const cancel = crel("button", { type: "button", textContent: "Cancel" })
  const dialog = crel("dialog", { className: "choose-picture", "aria-labelledby": title.id }, [
    title,
    crel("p", {}, [find, words]),
    said,
    list,
    crel("p", { className: "choose-picture-ways" }, [upload, again, cancel]),
  ])

  const choose = (id) => {
    dialog.close()
    insert(id)
  }
  let asked = 0
  const show = async () => {
    const mine = ++asked
    said.textContent = "Looking …"
    try {
      const answer = await fetch(`${options.choices}?q=${encodeURIComponent(words.value)}`)
      const { pictures } = await answer.json()
      if (mine !== asked) return
      list.replaceChildren(...pictures.map((picture) => choiceOf(picture, choose)))
      said.textContent = pictures.length ? `${pictures.length} shown, newest first` : "No picture was found."
    } catch {
      if (mine !== asked) return
      said.textContent =
        "The pictures could not be loaded. You can also write [picture 1], with the number of a picture, in a line of its own."
    }
  }

  words.addEventListener("input", show)
  again.addEventListener("click", show)
  cancel.addEventListener("click", () => dialog.close())
  dialog.addEventListener("close", () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
  show()
}

export const ArticleFigure = Node.create({
  name: "articleFigure",
  group: "block",
  atom: true,
  draggable: true,

  addOptions() {
    return { choices: "", file: "", upload: "", clean: "" }
  },

  addAttributes() {
    return {
      picture: {
        parseHTML: (element) => element.getAttribute("data-picture"),
        renderHTML: ({ picture }) => ({ "data-picture": picture }),
      },
    }
  },

  parseHTML() {
    return [{ tag: "figure[data-picture]" }]
  },

  renderHTML({ HTMLAttributes }) {
    return ["figure", HTMLAttributes]
  },

  addNodeView() {
    return ({ node }) => {
      const { picture } = node.attrs
      const shown = crel("img", { src: addressOf(this.options, picture), alt: `Picture ${picture}` })
      return { dom: crel("figure", { "data-picture": picture, contentEditable: "false" }, [shown]) }
    }
  },

  addMenuItems({ buttons, menu }) {
    const { options } = this
    menu.defineItem({
      name: "picture",
      groups: "nodes",
      button: buttons.material("image", "Insert a picture"),
      active: (editor) => editor.isActive("articleFigure"),
      command: (editor) =>
        openChoice(options, (picture) => {
          editor.chain().focus().insertContent({ type: "articleFigure", attrs: { picture } }).run()
        }),
    })
  },

  addProseMirrorPlugins() {
    const { clean } = this.options
    const paste = (view, event) => handlePaste(view, event, clean)
    return [new Plugin({ props: { handleDOMEvents: { paste } } })]
  },
})
