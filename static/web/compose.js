// Everything here works without it: the form is sent as a whole, and each button is one of the form's own.
(() => {
  const asks = document.getElementById("permission");
  if (!asks) return;

  // What a reconnect would add is asked once more, with the way to stay.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-asks]");
    if (!button) return;
    event.preventDefault();
    const go = asks.querySelector("[name=allow]");
    document.getElementById("permission-asks").textContent = document.getElementById(button.dataset.asks).textContent;
    go.value = button.value;
    go.textContent = `Reconnect ${button.dataset.partner}`;
    asks.showModal();
  });
  asks.addEventListener("click", (event) => { if (event.target === asks || event.target.closest(".close")) asks.close(); });

  // Without us Enter shows the page anew with what the accounts say: while they say it anyway, it does nothing.
  document.getElementById("compose").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input:not([type=file])")) event.preventDefault();
  });

  // A field says to every reader whether something stands beside it.
  document.addEventListener("htmx:oobAfterSwap", (event) => {
    const field = document.querySelector(`[aria-describedby~="${event.detail.target.id}"]:is(input, textarea, select)`);
    if (field) field.setAttribute("aria-invalid", String(event.detail.target.childElementCount > 0));
  });
  document.querySelector("[aria-invalid=true]")?.focus();
})();
