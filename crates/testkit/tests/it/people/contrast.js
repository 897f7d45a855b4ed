// Every text of the page that cannot be read on its ground: WCAG 2.2 §1.4.3, by the colors that the browser computed.
const part = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
const luminance = ([red, green, blue]) => 0.2126 * part(red / 255) + 0.7152 * part(green / 255) + 0.0722 * part(blue / 255);
const numbers = (color) => (color.startsWith("rgb") ? color.match(/[\d.]+/g).map(Number) : null);
const ground = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const color = numbers(getComputedStyle(at).backgroundColor);
    if (color && (color.length < 4 || color[3] === 1)) return color;
  }
  return [255, 255, 255];
};
const unread = [];
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (texts.nextNode()) {
  const text = texts.currentNode.data.trim();
  const element = texts.currentNode.parentElement;
  const box = element.getBoundingClientRect();
  // What is there for screen readers alone is one pixel large. Within drawings the ground is another shape.
  if (!text || !element.checkVisibility() || box.width < 2 || box.height < 2 || element.closest("svg")) continue;
  const style = getComputedStyle(element);
  const ink = numbers(style.color);
  if (!ink) continue;
  const [dark, light] = [luminance(ink), luminance(ground(element))].sort((a, b) => a - b);
  const contrast = (light + 0.05) / (dark + 0.05);
  const size = parseFloat(style.fontSize);
  const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
  if (contrast < (large ? 3 : 4.5)) unread.push(`${text}: ${contrast.toFixed(2)}`);
}
return unread;
