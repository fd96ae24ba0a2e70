/** Mantine's styles of menus and dialogs: whatever opens one imports this. */
import "@mantine/core/styles/ScrollArea.layer.css"
import "@mantine/core/styles/Popover.layer.css"
import "@mantine/core/styles/CloseButton.layer.css"
import "@mantine/core/styles/Overlay.layer.css"
import "@mantine/core/styles/ModalBase.layer.css"
import "@mantine/core/styles/Menu.layer.css"
import "@mantine/core/styles/Modal.layer.css"
